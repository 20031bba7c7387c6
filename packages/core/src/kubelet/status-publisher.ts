/** Brings the statuses of pods into the store: what an actor is now, at the moment of the write, and only if it differs. */

import type { PodStatus, StoredPod } from '../api/pod.ts';
import { podAddress } from '../bus/actor-address.ts';
import { hasCode } from '../contract/error.ts';
import { createWorkQueue, type WorkQueue } from '../engine/work-queue.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { StartFailure } from './container/container-view.ts';
import { lookAgainMs } from './live-pod.ts';
import type { NodeContext, PodRecord } from './node-context.ts';
import { hasLife, observationIn, type PodContext, probeResultsIn } from './pod/pod-context.ts';
import { illegalTransition, publishableStatus } from './pod/publishable-status.ts';
import { generatePodStatus } from './pod/status.ts';
import { statusEquals } from './pod/status-equals.ts';
import { terminateStatus } from './pod/terminate-status.ts';
import type { WritePermit } from './write-permit.ts';

/** What the publisher has to know of a pod's actor. */
export interface ActorState {
  readonly context: PodContext;
  /** It is being stopped, or has been. */
  readonly isEnding: boolean;
  /** Nothing of the pod runs any more and nothing will. */
  readonly isFinished: boolean;
  /** Nothing is under way either: it only waits to be deleted. */
  readonly isAtRest: boolean;
}

export interface StatusPublisher extends AsyncDisposable {
  /** The status may have changed. Writes of one pod never overlap; several changes may become one write. */
  changed(podUID: string): void;
  /** Resolves once everything that has changed so far is in the store, or is known to have no place there. */
  flush(podUID: string, signal: AbortSignal): Promise<void>;
  forget(podUID: string): void;
  /** Nothing of this pod is published but what is flushed, until it is forgotten. */
  mute(podUID: string): void;
  /** From now on nothing is published but what is flushed. */
  silence(): void;
}

/** Writes at a time. */
const concurrency = 16;

export function createStatusPublisher(
  node: NodeContext,
  objects: ObjectStore,
  stateOf: (podUID: string) => ActorState | undefined,
  hooks: {
    readonly onStatus: (podUID: string) => void;
    readonly permit: WritePermit;
  },
): StatusPublisher {
  const queue: WorkQueue = createWorkQueue({
    clock: node.clock,
    concurrency,
    isBackground: true,
    run: (podUID, signal) =>
      inTurn(podUID, async () => (isSilent || muted.has(podUID) ? undefined : publish(podUID, signal))),
    onError(podUID, err, failures) {
      node.logger.warn({ podUID, err, failures }, 'status not written, trying again');
      return true;
    },
  });

  let isSilent = false;
  const muted = new Set<string>();
  /** The last write of each pod that is under way: the queue and a flush must not overtake each other. */
  const writes = new Map<string, Promise<void>>();

  async function inTurn(podUID: string, write: () => Promise<void>): Promise<void> {
    const before = writes.get(podUID) ?? Promise.resolve();
    // Whether the one before failed is told to its own caller.
    const mine = before.then(write, write);
    writes.set(podUID, mine);
    try {
      await mine;
    } finally {
      if (writes.get(podUID) === mine) writes.delete(podUID);
    }
  }

  async function publish(podUID: string, signal: AbortSignal): Promise<void> {
    const record = node.records.get(podUID);
    const state = stateOf(podUID);
    if (record === undefined || state === undefined || state.context.isRemoved) return;
    const before = record.status ?? record.pod.status;
    const status = statusOf(node, record, state);
    const mistake = before && illegalTransition(record.pod, before, status);
    if (mistake !== undefined) {
      node.logger.error({ podUID, pod: record.pod.metadata.name, why: mistake }, 'status update aborted');
      return;
    }
    record.status = status;
    hooks.onStatus(podUID);
    if (status.phase !== before?.phase) announcePhase(node, record.pod, before, status);
    if (isReady(status) !== isReady(before)) announceReadiness(node, record.pod, status);
    if (record.pod.status !== undefined && statusEquals(record.pod.status, status)) return;
    // Once the agent may write again it has everything published that differs then.
    if (hooks.permit.mayWrite) await write(record.pod, status, signal);
  }

  /** An object that is gone, or another of the same name, has no place for this status. */
  async function write(pod: StoredPod, status: PodStatus, signal: AbortSignal): Promise<void> {
    const { namespace, name, uid } = pod.metadata;
    try {
      await objects.patchWith(
        'Pod',
        namespace,
        name,
        (current) =>
          current.metadata.uid === uid ? { ...current, status: withOthers(current, status) } : undefined,
        { subresource: 'status', signal },
      );
    } catch (error) {
      if (!hasCode(error, 'NOT_FOUND')) throw error;
      // The cache of pods will say so too. If it does not, the store has answered from the past.
      queue.addAfter(uid, lookAgainMs);
    }
  }

  return {
    changed: (podUID) => queue.add(podUID),
    async flush(podUID, signal) {
      await hooks.permit.whenWritable(signal);
      await inTurn(podUID, () => publish(podUID, signal));
    },
    forget(podUID) {
      muted.delete(podUID);
      queue.remove(podUID);
    },
    mute: (podUID) => void muted.add(podUID),
    silence() {
      isSilent = true;
    },
    [Symbol.asyncDispose]: () => queue[Symbol.asyncDispose](),
  };
}

function statusOf(node: NodeContext, record: PodRecord, { context, isFinished }: ActorState): PodStatus {
  const startFailures = new Map<string, StartFailure>();
  for (const { name, startFailure } of Object.values(context.views)) {
    // Nothing is started any more: how a container ended counts, and not what it waited for.
    if (startFailure !== undefined && !isFinished) startFailures.set(name, startFailure);
  }
  const nowMs = node.clock.now();
  const shown = record.status ?? record.pod.status;
  const generated = generatePodStatus({
    pod: record.pod,
    previous: record.status,
    observation: observationIn(context),
    probes: probeResultsIn(context),
    startFailures,
    podIsTerminal: isFinished,
    outcome: context.outcome,
    terminations: record.terminations.length > 0 ? record.terminations : undefined,
    runtimeName: node.runtime.name,
    givesPodIP: node.runtime.capabilities.podIP,
    hostIP: node.hostIP,
    nowMs,
  });
  if (isFinished) return terminateStatus(record.pod, generated, nowMs);
  return publishableStatus(generated, shown, hasLife(context));
}

/** Conditions that others own, as they are in the store at this moment. */
function withOthers(current: StoredPod, status: PodStatus): PodStatus {
  const own = new Set(status.conditions?.map(({ type }) => type));
  const others = (current.status?.conditions ?? []).filter(({ type }) => !own.has(type));
  if (others.length === 0) return status;
  return { ...status, conditions: [...(status.conditions ?? []), ...others] };
}

function announcePhase(
  node: NodeContext,
  pod: StoredPod,
  before: PodStatus | undefined,
  status: PodStatus,
): void {
  const { namespace, name, uid } = pod.metadata;
  const fact = { namespace, pod: name, from: before?.phase ?? '', to: status.phase ?? '' };
  node.publishFact(podAddress(uid), 'phase-changed', fact);
}

/** One that was never told is not ready. */
function isReady(status: PodStatus | undefined): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
}

function announceReadiness(node: NodeContext, pod: StoredPod, status: PodStatus): void {
  const { namespace, name, uid } = pod.metadata;
  const fact = { namespace, pod: name, ready: isReady(status) };
  node.publishFact(podAddress(uid), 'ready-changed', fact);
}
