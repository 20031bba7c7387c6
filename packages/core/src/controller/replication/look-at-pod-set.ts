/** One look at a ReplicaSet or ReplicationController: claim, create or delete, report. */

import type { ObjectOf } from '../../api/known-kinds.ts';
import type { StoredPod } from '../../api/pod.ts';
import { selectorMatches } from '../../api/selector.ts';
import { workloadSelector } from '../../api/workload-selector.ts';
import type { ReconcileContext, ReconcileOutcome, ReconcileRequest } from '../../contract/controller.ts';
import { errorMessage } from '../../contract/error.ts';
import { controllerUIDIndex, namespaceIndex, orphanIndex } from '../../store/common-indices.ts';
import { restAfterLookMs } from '../rest-after-look.ts';
import { type Claimant, decideClaim } from './claim.ts';
import { claimObjects } from './claim-objects.ts';
import { createPods, deletePods } from './create-and-delete-pods.ts';
import { podsToDelete } from './deletion-order.ts';
import { isActive, isTerminating } from './pod-activity.ts';
import { nextAvailabilityMs } from './pod-availability.ts';
import { type FailureBackOffSettings, type FailureVerdict, judgeFailures } from './pod-failures.ts';
import { type PodSet, type PodSetKind, wantedReplicas } from './pod-set.ts';
import { podsFailing, replicaStatus } from './replica-status.ts';
import { conditionOf } from './workload-conditions.ts';
import { writeReplicaStatus } from './write-replica-status.ts';

export interface LookSettings {
  readonly kind: PodSetKind;
  /** Pods that are created or deleted in one look. */
  readonly burst: number;
  readonly failureBackOff: FailureBackOffSettings;
}

interface Look extends LookSettings {
  readonly set: PodSet;
  readonly claimant: Claimant;
  readonly context: ReconcileContext;
  readonly signal: AbortSignal;
}

export async function lookAtPodSet(
  settings: LookSettings,
  { namespace, name }: ReconcileRequest,
  context: ReconcileContext,
  signal: AbortSignal,
): Promise<ReconcileOutcome | undefined> {
  const { kind } = settings;
  const set: PodSet | undefined = context.cache(kind.kind).get(namespace, name);
  if (set === undefined) return undefined;
  const selector = workloadSelector(set);
  if (selector === undefined) {
    context.logger.error(
      { kind: kind.kind },
      'the set selects no pods: it is left alone until it is changed',
    );
    return undefined;
  }
  const claimant: Claimant = { owner: set, matches: (labels) => selectorMatches(selector, labels) };
  return await look({ set, claimant, context, signal, ...settings });
}

async function look(the: Look): Promise<ReconcileOutcome> {
  const { kind, set, claimant, context, signal } = the;
  const { candidates, inactive } = podsAround(the);
  const { owned, adopted, released } = await claimObjects(
    { claimant, kind: 'Pod', candidates },
    context,
    signal,
  );
  if (adopted.length > 0) context.publishFact('adopted', { pods: namesOf(adopted) });
  if (released.length > 0) context.publishFact('released', { pods: namesOf(released) });

  const others = inactive.filter((pod) => decideClaim(claimant, pod) === 'keep');
  const failures = judge(the, owned, others);
  const isGoing = set.metadata.deletionTimestamp !== undefined;
  const { errors, change } = isGoing ? nothing : await manage(the, owned, failures);
  // One moment for what is reported and for when to look again, lest a pod becomes available between the two.
  const nowMs = context.clock.now();
  const facts = {
    set,
    pods: owned,
    terminating: kind.reportsTerminating ? others.filter(isTerminating).length : undefined,
    manageError: errors.length > 0 ? errorMessage(errors[0]) : undefined,
    podsFailing: failures.condition,
    nowMs,
  };
  await writeReplicaStatus(kind, set, (previous) => replicaStatus(facts, previous), context, signal);
  if (errors.length > 0) throw errors[0];
  const waits = [
    failures.waitMs || undefined,
    nextAvailabilityMs(owned, set.spec.minReadySeconds ?? 0, nowMs),
  ];
  const dueMs = waits.filter((wait) => wait !== undefined);
  // While there are pods to be made or deleted, each wave follows the last one at once.
  const restMs = change === 0 ? restAfterLookMs(owned.length) : 0;
  if (dueMs.length === 0) return { restMs };
  // The pause begins after the rest, and a pod becomes available in time all the same.
  return { restMs, againAfterMs: Math.max(0, Math.min(...dueMs) - restMs) };
}

interface PodsAround {
  readonly candidates: readonly ObjectOf<'Pod'>[];
  readonly inactive: readonly ObjectOf<'Pod'>[];
}

/** What the set owns, and what nobody owns in its namespace. In one pass: there may be thousands, looked at often. */
function podsAround({ set, context }: Look): PodsAround {
  const { namespace, uid } = set.metadata;
  const pods = context.cache('Pod');
  const candidates: ObjectOf<'Pod'>[] = [];
  const inactive: ObjectOf<'Pod'>[] = [];
  const sort = (pod: ObjectOf<'Pod'>) => (isActive(pod) ? candidates : inactive).push(pod);
  for (const pod of pods.byIndex(controllerUIDIndex, uid))
    if (pod.metadata.namespace === namespace) sort(pod);
  for (const pod of pods.byIndex(orphanIndex, namespace)) sort(pod);
  return { candidates, inactive };
}

function judge(
  { set, context, failureBackOff }: Look,
  active: readonly StoredPod[],
  others: readonly StoredPod[],
): FailureVerdict {
  const facts = {
    failed: others.filter(({ status }) => status?.phase === 'Failed'),
    active,
    condition: conditionOf(set.status?.conditions, podsFailing),
    isSpecNew: set.status?.observedGeneration !== set.metadata.generation,
    isShort: active.length < wantedReplicas(set),
    nowMs: context.clock.now(),
  };
  const verdict = judgeFailures(facts, failureBackOff);
  const { message = '' } = verdict.condition ?? {};
  if (verdict.waitMs > 0 && message !== facts.condition?.message) {
    context.recordEvent(set, {
      type: 'Warning',
      reason: 'BackOff',
      message: `Back-off creating pods: ${message}`,
    });
    context.publishFact('backed-off', { waitMs: verdict.waitMs, message });
  }
  return verdict;
}

interface Managed {
  readonly errors: readonly unknown[];
  /** How many pods there are more. */
  readonly change: number;
}

const nothing: Managed = { errors: [], change: 0 };

/** Brings the number of pods closer to what is wanted. */
async function manage(
  the: Look,
  active: readonly StoredPod[],
  { waitMs, surplus }: FailureVerdict,
): Promise<Managed> {
  const { set, burst, context, signal } = the;
  const wanted = wantedReplicas(set);
  const missing = Math.min(wanted - active.length, burst);
  const excess = Math.min(active.length - wanted, burst);
  const tidied = await deletePods(set, surplus.slice(0, burst), context, signal);
  if (missing > 0 && waitMs > 0) return { errors: tidied.errors, change: 0 };
  const managed =
    missing > 0
      ? await createPods(set, missing, context, signal)
      : await deletePods(set, choose(the, active, Math.max(excess, 0)), context, signal);
  const change = missing > 0 ? managed.done : -managed.done;
  if (change !== 0)
    context.publishFact('scaled', { from: active.length, to: active.length + change, wanted });
  return { errors: [...managed.errors, ...tidied.errors], change };
}

function choose(the: Look, pods: readonly StoredPod[], count: number): readonly StoredPod[] {
  const { kind, set, context } = the;
  if (count === 0) return [];
  const siblings = count < pods.length ? kind.siblingsOf(set, context) : [];
  const selectors = siblings.map(workloadSelector).filter((selector) => selector !== undefined);
  const isRelated = ({ metadata }: StoredPod) =>
    selectors.some((selector) => selectorMatches(selector, metadata.labels ?? {}));
  const inNamespace =
    siblings.length === 0 ? [] : context.cache('Pod').byIndex(namespaceIndex, set.metadata.namespace);
  return podsToDelete({ pods, related: inNamespace.filter(isRelated), count, nowMs: context.clock.now() });
}

function namesOf(pods: readonly StoredPod[]): readonly string[] {
  return pods.map(({ metadata }) => metadata.name);
}
