/** Tries pods one at a time against what is known of the nodes, and has the outcome written while the next one is tried. */

import type { ApiObject } from '../api/meta.ts';
import type { StoredPod } from '../api/pod.ts';
import type { Clock, Random } from '../contract/clock.ts';
import { errorMessage } from '../contract/error.ts';
import type { Logger } from '../contract/logger.ts';
import { controllerOf } from '../store/common-indices.ts';
import { AssumeCache } from './assume-cache.ts';
import { eventNote } from './failure-message.ts';
import { rejectionOf } from './filters/filters.ts';
import { type Placing, placePod } from './place-pod.ts';
import { NeedsBook, type PodNeeds } from './pod-needs.ts';
import type { SchedulerFigures } from './scheduler-machine.ts';
import { type QueueSettings, SchedulingQueue, type WaitingPod } from './scheduling-queue.ts';

/** Why a pod has no node, as the condition PodScheduled says it. */
export type UnscheduledReason = 'Unschedulable' | 'SchedulerError';

export interface SchedulerSettings extends QueueSettings {
  readonly percentageOfNodes: number;
}

export interface PodSchedulerOptions {
  readonly settings: SchedulerSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Resolves with whether it was this call that gave the pod its node; rejects when that is not known. */
  bind(pod: StoredPod, nodeName: string, signal: AbortSignal): Promise<boolean>;
  /** Writes the condition. */
  mark(pod: StoredPod, reason: UnscheduledReason, message: string, signal: AbortSignal): Promise<void>;
  recordEvent(
    pod: ApiObject,
    event: { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string },
  ): void;
  publishFact(fact: string, data: object): void;
  /** There may be something to be tried. */
  onChange(): void;
}

/** Pods tried in one turn, and how long it may take: everybody else of the process waits meanwhile. */
const turnMax = { pods: 64, ms: 8 };
/** Writes under way. */
const writesMax = 100;
/** Different needs of pods that no node takes; beyond it the search is made again. */
const nowhereMax = 4096;

export class PodScheduler {
  readonly cache: AssumeCache;
  private readonly options: PodSchedulerOptions;
  private readonly queue: SchedulingQueue;
  private readonly book = new NeedsBook();
  private readonly controller = new AbortController();
  private readonly writes = new Set<Promise<void>>();
  /** Nodes that may take a pod now that they have rejected before. */
  private readonly helpful = new Set<string>();
  /** What was found out since a node has changed for the better: it holds for all pods with the same needs. */
  private readonly nowhere = new Map<PodNeeds, Placing & { readonly kind: 'nowhere' }>();
  private nextNode = 0;
  private placedSoFar = 0;
  /** Somebody has been told, and the turn that follows has not begun. */
  private isTold = false;

  constructor(options: PodSchedulerOptions) {
    this.options = options;
    this.queue = new SchedulingQueue(options.settings);
    this.cache = new AssumeCache(this.book, (nodeName) => {
      this.helpful.add(nodeName);
      this.nowhere.clear();
      this.changed();
    });
  }

  get hasReady(): boolean {
    if (this.writes.size >= writesMax) return false;
    return this.queue.hasReady || (this.helpful.size > 0 && this.queue.unschedulableSize > 0);
  }

  untilBackOffEndsMs(): number | undefined {
    const { nextReleaseMs } = this.queue;
    return nextReleaseMs === undefined ? undefined : Math.max(0, nextReleaseMs - this.nowMs);
  }

  nodeGone(nodeName: string): void {
    this.cache.removeNode(nodeName);
    this.nowhere.clear();
  }

  /** A pod that waits for a node. */
  want(pod: StoredPod): void {
    let needs: PodNeeds;
    try {
      needs = this.book.of(pod.spec);
    } catch (error) {
      // It cannot even be asked about; another version of it may be.
      this.unscheduled(pod, 'SchedulerError', errorMessage(error));
      return;
    }
    this.queue.set(pod, needs, this.nowMs);
    this.changed();
  }

  /** A pod that has a node. */
  placed(pod: StoredPod): void {
    this.queue.remove(pod.metadata.uid);
    this.cache.setPod(pod);
  }

  /** It has ended, or is gone. */
  ended(uid: string): void {
    this.queue.remove(uid);
    this.cache.removePod(uid);
  }

  wakeStale(): void {
    this.queue.wakeStale(this.nowMs);
    this.changed();
  }

  /** Tries as many pods as one turn may take. */
  turn(): SchedulerFigures {
    const { clock } = this.options;
    const endMs = clock.monotonicMs() + turnMax.ms;
    this.isTold = false;
    this.wakeHelped();
    this.queue.release(this.nowMs);
    for (let tried = 0; tried < turnMax.pods && this.writes.size < writesMax; tried += 1) {
      const waiting = this.queue.take();
      if (waiting === undefined) break;
      this.try(waiting);
      if (clock.monotonicMs() >= endMs) break;
    }
    return {
      waiting: this.queue.size,
      unschedulable: this.queue.unschedulableSize,
      placed: this.placedSoFar,
    };
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.controller.abort();
    await Promise.all(this.writes);
  }

  private get nowMs(): number {
    return this.options.clock.monotonicMs();
  }

  private changed(): void {
    if (this.isTold || this.controller.signal.aborted) return;
    if (!this.hasReady && this.queue.nextReleaseMs === undefined) return;
    this.isTold = true;
    this.options.onChange();
  }

  /** A pod that no node took finds one only where a node has changed. */
  private wakeHelped(): void {
    const states = [...this.helpful].flatMap((nodeName) => this.cache.state(nodeName) ?? []);
    this.helpful.clear();
    if (states.length === 0) return;
    this.queue.wake((needs) => states.some((state) => rejectionOf(needs, state) === undefined), this.nowMs);
  }

  private try(waiting: WaitingPod): void {
    const { pod, needs } = waiting;
    // What an earlier try assumed, of whose outcome nobody knew, is not counted twice.
    this.cache.forget(pod.metadata.uid);
    let placing: Placing;
    try {
      placing = this.nowhere.get(needs) ?? this.place(pod, needs);
    } catch (error) {
      this.erred(waiting, error);
      return;
    }
    if (placing.kind === 'nowhere') {
      if (this.nowhere.size >= nowhereMax) this.nowhere.clear();
      this.nowhere.set(needs, placing);
      this.queue.failed(waiting, this.nowMs);
      this.unscheduled(pod, 'Unschedulable', placing.message);
      return;
    }
    this.cache.assume(pod, needs, placing.nodeName);
    this.placedSoFar += 1;
    this.write(this.bind(waiting, placing.nodeName));
  }

  private place(pod: StoredPod, needs: PodNeeds): Placing {
    const { random, settings } = this.options;
    const { states } = this.cache;
    const owner = controllerOf(pod);
    const placing = placePod(needs, {
      nodes: states,
      start: this.nextNode,
      siblings: owner && this.cache.siblingsOf(owner.uid),
      random,
      percentageOfNodes: settings.percentageOfNodes,
    });
    this.nextNode = states.length === 0 ? 0 : (this.nextNode + placing.looked) % states.length;
    return placing;
  }

  private async bind(waiting: WaitingPod, nodeName: string): Promise<void> {
    const { options, cache } = this;
    const { pod } = waiting;
    const { namespace, name, uid } = pod.metadata;
    try {
      if (await options.bind(pod, nodeName, this.controller.signal)) {
        const message = `Successfully assigned ${namespace}/${name} to ${nodeName}`;
        options.recordEvent(pod, { type: 'Normal', reason: 'Scheduled', message });
        options.publishFact('bound', { namespace, pod: name, uid, node: nodeName });
      } else {
        // Somebody else was faster, or it is on its way out: the cache of pods will say so. If it does not, the store has
        // answered from the past.
        cache.forget(uid);
        this.queue.erred(waiting, this.nowMs);
      }
    } catch (error) {
      // Whether it is there nobody knows, so its room is kept until it is tried again.
      if (!this.controller.signal.aborted) this.erred(waiting, error);
    }
  }

  private erred(waiting: WaitingPod, error: unknown): void {
    const { pod } = waiting;
    const { namespace, name } = pod.metadata;
    this.options.logger.warn({ namespace, pod: name, err: error }, 'pod not scheduled, trying again');
    this.queue.erred(waiting, this.nowMs);
    this.unscheduled(pod, 'SchedulerError', errorMessage(error));
  }

  private unscheduled(pod: StoredPod, reason: UnscheduledReason, message: string): void {
    const { options } = this;
    const { namespace, name, uid } = pod.metadata;
    options.recordEvent(pod, { type: 'Warning', reason: 'FailedScheduling', message: eventNote(message) });
    options.publishFact('unschedulable', { namespace, pod: name, uid, reason, message });
    this.write(options.mark(pod, reason, message, this.controller.signal));
  }

  /** Keeps count of what is under way. */
  private write(work: Promise<void>): void {
    const counted = work
      .catch((err: unknown) => {
        if (!this.controller.signal.aborted)
          this.options.logger.warn({ err }, 'condition PodScheduled not written');
      })
      .finally(() => {
        this.writes.delete(counted);
        this.changed();
      });
    this.writes.add(counted);
  }
}
