/** What is done about the dependents of one owner that is gone, or that waits for them to go. */

import { foregroundFinalizer, withoutFinalizer } from '../../api/finalizers.ts';
import type { OwnerReference } from '../../api/meta.ts';
import type { ReconcileContext } from '../../contract/controller.ts';
import { hasCode, MooringError } from '../../contract/error.ts';
import type { PropagationPolicy } from '../../contract/object-store.ts';
import { jsonEqual } from '../../store/json-equal.ts';
import type { AnyObject } from '../for-each-object.ts';
import { withOwnerReferences } from '../replication/owner-references.ts';
import { decideDependent } from './decide-dependent.ts';
import { type OwnerGraph, waitsForDependents } from './owner-graph.ts';
import type { OwnerStates } from './owner-states.ts';

export interface CollectTools {
  readonly context: ReconcileContext;
  readonly graph: OwnerGraph;
  readonly states: OwnerStates;
  readonly signal: AbortSignal;
}

/** Deletes a dependent without living owners, and takes dead owners out of one that has a living one. */
export async function collectDependent(
  dependent: AnyObject,
  ownerUID: string,
  { context, graph, states, signal }: CollectTools,
): Promise<void> {
  const { ownerReferences = [], uid } = dependent.metadata;
  if (isPartOfCycle(dependent, ownerUID, graph)) {
    await changeOwners(dependent, context, signal, (owners) => owners.map(unblocked));
    return;
  }
  // Its own deletion is under way, and takes its time.
  if (dependent.metadata.deletionTimestamp !== undefined) return;
  const known = await Promise.all(ownerReferences.map((owner) => states.of(owner, dependent)));
  const decision = decideDependent(dependent, known, graph.hasDependents(uid));
  if (decision.kind === 'release') {
    const isKept = (owner: OwnerReference) => !decision.from.includes(owner.uid);
    await changeOwners(dependent, context, signal, (owners) => owners.filter(isKept));
  } else if (decision.kind === 'delete') {
    await deleteDependent(dependent, decision.policy, context, signal);
  }
}

/** The owner waits for the dependent and the dependent for the owner: neither would ever go. */
function isPartOfCycle(dependent: AnyObject, ownerUID: string, graph: OwnerGraph): boolean {
  const blocks = ({ uid, blockOwnerDeletion }: OwnerReference) =>
    uid === ownerUID && blockOwnerDeletion === true;
  return (
    waitsForDependents(dependent) &&
    dependent.metadata.ownerReferences?.some(blocks) === true &&
    graph.waitsFor(dependent, ownerUID)
  );
}

function unblocked(owner: OwnerReference): OwnerReference {
  return { ...owner, blockOwnerDeletion: false };
}

/** What is gone, or is another object by now, has no owners to change. */
export async function changeOwners(
  { kind, metadata: { namespace, name, uid } }: AnyObject,
  { objects }: ReconcileContext,
  signal: AbortSignal,
  change: (owners: readonly OwnerReference[]) => readonly OwnerReference[],
): Promise<void> {
  const withChanges = (current: AnyObject) =>
    current.metadata.uid === uid
      ? withOwnerReferences(current, change(current.metadata.ownerReferences ?? []))
      : undefined;
  await ignoreGone(objects.patchWith(kind, namespace, name, withChanges, { signal }));
}

/** Takes a finalizer off, which removes an object that nothing else keeps. */
export async function takeOffFinalizer(
  { kind, metadata: { namespace, name, uid } }: AnyObject,
  finalizer: string,
  { objects }: ReconcileContext,
  signal: AbortSignal,
): Promise<void> {
  const without = (current: AnyObject) =>
    current.metadata.uid === uid ? withoutFinalizer(current, finalizer) : undefined;
  await ignoreGone(objects.patchWith(kind, namespace, name, without, { signal }));
}

/** Once nothing blocks it any more. */
export async function releaseOwner(
  owner: AnyObject,
  { context, graph, signal }: CollectTools,
): Promise<void> {
  if (graph.blockersOf(owner.metadata.uid).length > 0) return;
  await takeOffFinalizer(owner, foregroundFinalizer, context, signal);
}

/** A version that was written since the decision is deleted too, unless its owners have changed. */
const deletesMax = 3;

async function deleteDependent(
  dependent: AnyObject,
  propagationPolicy: PropagationPolicy,
  { objects, publishFact }: ReconcileContext,
  signal: AbortSignal,
): Promise<void> {
  const { kind } = dependent;
  const { namespace, name, uid, ownerReferences } = dependent.metadata;
  let { resourceVersion } = dependent.metadata;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await objects.delete(kind, namespace, name, { uid, resourceVersion, propagationPolicy, signal });
      publishFact('deleted', { kind, namespace, name, uid, propagationPolicy });
      return;
    } catch (error) {
      if (hasCode(error, 'NOT_FOUND')) return;
      if (!hasCode(error, 'CONFLICT') || attempt === deletesMax) throw error;
    }
    const current = await objects.get(kind, namespace, name, signal);
    if (current?.metadata.uid !== uid) return;
    if (!jsonEqual(current.metadata.ownerReferences, ownerReferences))
      throw new MooringError('CONFLICT', `the owners of ${kind} ${name} have been changed meanwhile`);
    resourceVersion = current.metadata.resourceVersion;
  }
}

async function ignoreGone(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!hasCode(error, 'NOT_FOUND')) throw error;
  }
}
