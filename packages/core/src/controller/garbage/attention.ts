/**
 * Which owners have to be looked at after a change. There is one request for an owner, named by its UID, however many
 * dependents it has; and none at all for an object whose owners are known to live, which is nearly every object.
 */

import type { ApiObject, OwnerReference } from '../../api/meta.ts';
import type { ControllerCaches, ObjectChange, ReconcileRequest } from '../../contract/controller.ts';
import { jsonEqual } from '../../store/json-equal.ts';
import { collectedKinds, isHeld, OwnerGraph, waitsForDependents } from './owner-graph.ts';

/** Pure and quick: it is asked about every change of every object. */
export function requestsOf(
  change: ObjectChange<ApiObject>,
  caches: ControllerCaches,
): readonly ReconcileRequest[] {
  const { object, old } = change;
  const isPlain =
    object.metadata.ownerReferences === undefined &&
    object.metadata.deletionTimestamp === undefined &&
    old?.metadata.ownerReferences === undefined;
  if (isPlain && !change.isDeleted) return none;
  const graph = new OwnerGraph(caches);
  const uids = new Set<string>();
  if (needsLook(change, graph)) uids.add(object.metadata.uid ?? '');
  for (const owner of ownersToLookAt(change, graph)) uids.add(owner.uid);
  return [...uids].map(requestFor);
}

const none: readonly ReconcileRequest[] = [];

/** The object itself: it is gone and has left dependents, or finalizers keep it, or do not any more. */
function needsLook({ object, old, isDeleted }: ObjectChange<ApiObject>, graph: OwnerGraph): boolean {
  if (isDeleted) return isHeld(object) || graph.hasDependents(object.metadata.uid ?? '');
  if (!isHeld(object)) return false;
  if (old === undefined || !isHeld(old)) return true;
  return !jsonEqual(old.metadata.finalizers, object.metadata.finalizers);
}

/** Its owners: those that wait for it to go, and those that are not known to exist. */
function ownersToLookAt(
  { object, old, isDeleted }: ObjectChange<ApiObject>,
  graph: OwnerGraph,
): readonly OwnerReference[] {
  const { namespace, ownerReferences = [] } = object.metadata;
  const former = old?.metadata.ownerReferences ?? [];
  const isSame =
    old !== undefined &&
    jsonEqual(former, ownerReferences) &&
    waitsForDependents(old) === waitsForDependents(object);
  if (isSame && !isDeleted) return [];
  const isWaiting = (owner: OwnerReference) => {
    const known = graph.owner(owner, namespace);
    return known !== undefined && waitsForDependents(known);
  };
  const isMissing = (owner: OwnerReference) =>
    isKnownKind(owner) && graph.owner(owner, namespace) === undefined;
  const missing = isDeleted ? [] : ownerReferences.filter(isMissing);
  return [...missing, ...[...ownerReferences, ...former].filter(isWaiting)];
}

function isKnownKind({ kind }: OwnerReference): boolean {
  return collectedKinds.includes(kind);
}

/** UIDs are whatever clients write into owner references; most are words of an address as they are. */
function requestFor(uid: string): ReconcileRequest {
  const name = encodeURIComponent(uid).replace(/[%!~*'()]/g, (mark) =>
    mark === '%' ? '=' : `=${mark.charCodeAt(0).toString(16)}`,
  );
  return { namespace: undefined, name };
}

/** The UID that a request names. */
export function ownerUIDOf({ name }: ReconcileRequest): string {
  return decodeURIComponent(name.replaceAll('=', '%'));
}
