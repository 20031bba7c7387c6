/** Runs the scheduler: its actor, fed by the caches of pods and nodes. */

import { createActor } from 'xstate';
import type { ApiObject } from '../api/meta.ts';
import type { StoredPod } from '../api/pod.ts';
import { withPodCondition } from '../api/pod-condition.ts';
import { isFinished } from '../api/pod-phase.ts';
import { schedulerAddress } from '../bus/actor-address.ts';
import type { Clock, Random } from '../contract/clock.ts';
import type { ControllerEvent } from '../contract/controller.ts';
import { hasCode } from '../contract/error.ts';
import type { Logger } from '../contract/logger.ts';
import type { ObjectStore } from '../contract/object-store.ts';
import { abortable } from '../engine/abortable.ts';
import { withDeadline } from '../engine/deadline.ts';
import type { ActorDirectory } from '../engine/directory.ts';
import { nextTurn } from '../engine/next-turn.ts';
import { supervise } from '../engine/supervise.ts';
import type { InformerSet } from '../store/informer-set.ts';
import { PodScheduler, type SchedulerSettings, type UnscheduledReason } from './pod-scheduler.ts';
import { wireScheduler } from './wire-scheduler.ts';

/** The scheduler that pods name, and the source of its events. */
export const schedulerName = 'default-scheduler';

/** Kubernetes' numbers where nothing is given. */
function settingsOf(given: Partial<SchedulerSettings> = {}): SchedulerSettings {
  const { backOffMs = 1000, backOffMsMax = 10_000, staleMs = 300_000, percentageOfNodes = 0 } = given;
  return { backOffMs, backOffMsMax, staleMs, percentageOfNodes };
}

export interface SchedulerOptions {
  readonly settings?: Partial<SchedulerSettings>;
  readonly objects: ObjectStore;
  readonly informers: InformerSet;
  readonly directory: ActorDirectory;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Never throws. */
  recordEvent(component: string, about: ApiObject, event: ControllerEvent): void;
  /** Never throws. */
  publishFact(address: string, type: `${string}.${string}`, data: object): void;
}

/** A store that does not answer for so long may have taken the write, or not. */
const writeMsMax = 30_000;

/**
 * Resolves when all pods and nodes are known and the first pods are being tried; rejects when the signal aborts before.
 * The function given back ends it, and resolves when nothing is under way any more.
 */
export async function startScheduler(
  options: SchedulerOptions,
  signal: AbortSignal,
): Promise<() => Promise<void>> {
  const { informers, clock, random, logger, directory } = options;
  const [nodes, pods] = [informers.of('Node'), informers.of('Pod')];
  await abortable(Promise.all([nodes.synced, pods.synced]), signal);
  const address = schedulerAddress();
  let tell = () => {};
  const scheduler = new PodScheduler({
    settings: settingsOf(options.settings),
    clock,
    random,
    logger,
    bind: (pod, nodeName, until) => bind(options, pod, nodeName, until),
    mark: (pod, reason, message, until) => mark(options, pod, { reason, message }, until),
    recordEvent: (about, event) => options.recordEvent(schedulerName, about, event),
    publishFact: (fact, data) => options.publishFact(address, `scheduler.${fact}`, data),
    onChange: () => tell(),
  });
  const unsubscribes = [
    nodes.subscribe({
      onUpsert: (node) => scheduler.cache.setNode(node),
      onDelete: ({ metadata }) => scheduler.nodeGone(metadata.name),
    }),
    pods.subscribe({
      onUpsert: (pod) => hear(scheduler, pod),
      onDelete: ({ metadata }) => scheduler.ended(metadata.uid),
    }),
  ];
  const logic = wireScheduler({
    async turn() {
      await nextTurn(clock);
      return scheduler.turn();
    },
    hasReady: () => scheduler.hasReady,
    untilBackOffEndsMs: () => scheduler.untilBackOffEndsMs(),
    wakeStale: () => scheduler.wakeStale(),
    report: (err) => logger.error({ err }, 'a turn of the scheduler failed'),
  });
  const supervisor = supervise({
    clock,
    create() {
      const actor = createActor(logic, { clock });
      directory.register(address, { ref: actor });
      tell = () => actor.send({ type: 'queue.changed' });
      return actor;
    },
    onCrash: (err, decision) => logger.error({ err, ...decision }, 'the scheduler broke'),
  });
  return async () => {
    for (const unsubscribe of unsubscribes) unsubscribe();
    supervisor.stop();
    await scheduler.stop();
  };
}

/** Where a pod stands, as far as scheduling goes. */
function hear(scheduler: PodScheduler, pod: StoredPod): void {
  const { spec, metadata } = pod;
  if (isFinished(pod)) scheduler.ended(metadata.uid);
  else if (spec.nodeName) scheduler.placed(pod);
  else if (metadata.deletionTimestamp !== undefined) scheduler.ended(metadata.uid);
  else if ((spec.schedulerName || schedulerName) === schedulerName) scheduler.want(pod);
}

/** Whether it was this call that gave the pod its node. */
async function bind(
  { objects, clock }: SchedulerOptions,
  pod: StoredPod,
  nodeName: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { namespace, name, uid } = pod.metadata;
  const what = `binding pod ${namespace}/${name}`;
  try {
    await withDeadline(clock, writeMsMax, signal, what, (inner) =>
      objects.bind({ namespace, name, uid, nodeName }, inner),
    );
    return true;
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND')) return false;
    signal.throwIfAborted();
    // What is in the store tells a lost race from too many of them, and a lost answer from a write that was lost.
    const current = await withDeadline(clock, writeMsMax, signal, what, (inner) =>
      objects.get('Pod', namespace, name, inner),
    );
    if (current?.metadata.uid !== uid || current.metadata.deletionTimestamp !== undefined) return false;
    if (!current.spec.nodeName) throw error;
    return !hasCode(error, 'CONFLICT') && current.spec.nodeName === nodeName;
  }
}

async function mark(
  { objects, clock }: SchedulerOptions,
  { metadata: { namespace, name, uid } }: StoredPod,
  why: { readonly reason: UnscheduledReason; readonly message: string },
  signal: AbortSignal,
): Promise<void> {
  const change = (current: StoredPod): StoredPod | undefined => {
    // Bound by somebody meanwhile, or another pod of the same name: it is not for us to say any more.
    if (current.metadata.uid !== uid || current.spec.nodeName) return undefined;
    const condition = { type: 'PodScheduled', status: 'False', ...why } as const;
    return { ...current, status: withPodCondition(current, condition, clock.now()) };
  };
  try {
    await withDeadline(clock, writeMsMax, signal, `marking pod ${namespace}/${name}`, (inner) =>
      objects.patchWith('Pod', namespace, name, change, { subresource: 'status', signal: inner }),
    );
  } catch (error) {
    if (!hasCode(error, 'NOT_FOUND')) throw error;
  }
}
