/** Finishes pods that no agent will finish any more. Kubernetes' `pod-garbage-collector-controller`. */

import type { StoredPod } from '../../api/pod.ts';
import { withPodCondition } from '../../api/pod-condition.ts';
import { isFinished } from '../../api/pod-phase.ts';
import {
  type Controller,
  defineController,
  type ReconcileContext,
  type ReconcileOutcome,
} from '../../contract/controller.ts';
import { hasCode } from '../../contract/error.ts';
import { atATime } from '../../engine/at-a-time.ts';
import { excessPods, isFenced, isOutOfService } from './decisions.ts';
import { MissingNodes } from './missing-nodes.ts';
import { defaultPodGC, type PodGCSettings } from './settings.ts';

/** Why a pod goes. */
interface Removal {
  readonly pod: StoredPod;
  readonly why: string;
  /** Shown in the condition DisruptionTarget of a pod that did nothing to deserve this. */
  readonly message?: string;
}

const deletionsAtOnce = 8;

export function podGCController(given: Partial<PodGCSettings> = {}): Controller {
  const settings = { ...defaultPodGC, ...given };
  const missing = new MissingNodes(settings);
  return defineController({
    name: 'pod-gc',
    component: 'pod-garbage-collector-controller',
    reads: ['Pod', 'Node'],
    initialRequests: [{ namespace: undefined, name: 'all' }],
    // After a long outage nothing but time would bring the next pass.
    retry: { backOffMsMax: settings.periodMs },
    reconcile: (_, context, signal) => pass(settings, missing, context, signal),
  });
}

async function pass(
  settings: PodGCSettings,
  missing: MissingNodes,
  context: ReconcileContext,
  signal: AbortSignal,
): Promise<ReconcileOutcome> {
  const { cache, objects, clock, logger } = context;
  const pods = cache('Pod').list();
  const known = new Set(
    cache('Node')
      .list()
      .map(({ metadata }) => metadata.name),
  );
  const { unknownNodes, finished, leaving } = lookOver(pods, known);
  const isThere = async (name: string) => (await objects.get('Node', undefined, name, signal)) !== undefined;
  const gone = await missing.confirmed(unknownNodes, clock.monotonicMs(), isThere);
  const removals = [
    ...excess(finished, settings),
    ...orphaned(pods, gone),
    ...lost(leaving, gone, settings, context),
  ];
  await atATime(
    removals,
    deletionsAtOnce,
    signal,
    (removal) => remove(removal, context, signal),
    ({ pod }, err) => {
      if (!hasCode(err, 'NOT_FOUND'))
        logger.warn(
          { namespace: pod.metadata.namespace, pod: pod.metadata.name, err },
          'pod not removed yet',
        );
    },
  );
  return { againAfterMs: settings.periodMs };
}

/** One walk over all of them: tens of thousands of pods are more than the caches of a processor hold. */
function lookOver(pods: readonly StoredPod[], known: ReadonlySet<string>) {
  const unknownNodes = new Set<string>();
  const finished: StoredPod[] = [];
  const leaving: StoredPod[] = [];
  for (const pod of pods) {
    const { nodeName } = pod.spec;
    if (nodeName && !known.has(nodeName)) unknownNodes.add(nodeName);
    if (pod.metadata.deletionTimestamp !== undefined) leaving.push(pod);
    if (isFinished(pod)) finished.push(pod);
  }
  return { unknownNodes, finished, leaving };
}

function excess(finished: readonly StoredPod[], { terminatedPodsMax }: PodGCSettings): readonly Removal[] {
  return excessPods(finished, terminatedPodsMax).map((pod) => ({ pod, why: 'too many finished pods' }));
}

function* orphaned(pods: readonly StoredPod[], gone: ReadonlySet<string>): Iterable<Removal> {
  if (gone.size === 0) return;
  for (const pod of pods)
    if (pod.spec.nodeName && gone.has(pod.spec.nodeName))
      yield { pod, why: 'its node does not exist', message: 'PodGC: node no longer exists' };
}

/** Pods on their way out of which no agent will ever say that they have ended. */
function* lost(
  leaving: readonly StoredPod[],
  gone: ReadonlySet<string>,
  settings: PodGCSettings,
  { cache, clock }: ReconcileContext,
): Iterable<Removal> {
  const nodes = cache('Node');
  const nowMs = clock.now();
  for (const pod of leaving) {
    const { nodeName } = pod.spec;
    if (nodeName && gone.has(nodeName)) continue;
    if (!nodeName) yield { pod, why: 'it was never scheduled' };
    const node = nodeName ? nodes.get(undefined, nodeName) : undefined;
    if (node === undefined) continue;
    if (isOutOfService(node)) yield { pod, why: 'its node is out of service' };
    else if (settings.finishesFencedPods && isFenced(pod, node, nowMs, settings))
      yield { pod, why: 'the agent of its node has stopped it' };
  }
}

/** What is not finished has failed, and the object goes at once: nobody is there to wait for. */
async function remove(
  { pod, why, message }: Removal,
  { objects, clock, logger }: ReconcileContext,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name, uid } = pod.metadata;
  const condition = { type: 'DisruptionTarget', status: 'True', reason: 'DeletionByPodGC' } as const;
  const end = (current: StoredPod) => {
    if (current.metadata.uid !== uid) return undefined;
    const status =
      message === undefined
        ? current.status
        : withPodCondition(current, { ...condition, message }, clock.now());
    return isFinished(current)
      ? { ...current, status }
      : { ...current, status: { ...status, phase: 'Failed' } };
  };
  await objects.patchWith('Pod', namespace, name, end, { subresource: 'status', signal });
  await objects.delete('Pod', namespace, name, { gracePeriodSeconds: 0, uid, signal });
  logger.info({ namespace, pod: name, podUID: uid, why }, 'pod removed');
}
