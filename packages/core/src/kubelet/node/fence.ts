/**
 * Stops the pods of a node that cannot renew its lease, each before it may be replaced, and lets them run again once it
 * can. By the monotonic clock, counted from when the last renewal was sent, which is before anybody else saw it.
 */

import type { StoredPod } from '../../api/pod.ts';
import type { Clock, TimerHandle } from '../../contract/clock.ts';
import { fenceTimes } from './fence-times.ts';

export interface FenceOptions {
  readonly clock: Clock;
  /** So long after its last renewal the node may be given up. */
  readonly afterMs: number;
  /** Those of which anything may run. */
  pods(): readonly StoredPod[];
  /** Must not throw. */
  stop(pod: StoredPod, graceMs: number): void;
  /** Before any pod runs again: another agent may have had the node meanwhile. False when it failed. Must not reject. */
  look(): Promise<boolean>;
  /** False when it cannot be told yet whether the pod is to run. Must not reject. */
  resume(podUID: string): Promise<boolean>;
  /** `pods`: how many are stopped now. */
  onChange(isFenced: boolean, pods: number): void;
}

/** Between two looks while the node is silent. */
const lookMs = 1000;

export class Fence {
  private readonly options: FenceOptions;
  private renewedAtMs = Number.POSITIVE_INFINITY;
  private timer: TimerHandle | undefined;
  private isOver = false;
  private isLifting = false;
  /** By UID. */
  private readonly stopped = new Set<string>();

  constructor(options: FenceOptions) {
    this.options = options;
  }

  /** A renewal has come through that was sent then, on the monotonic clock. */
  renewed(sentAtMs: number): void {
    if (this.isOver) return;
    this.renewedAtMs = sentAtMs;
    this.lookAfter(this.options.afterMs / 4);
    if (this.stopped.size > 0 && !this.isLifting) void this.lift();
  }

  /** For good. */
  end(): void {
    this.isOver = true;
    this.options.clock.clearTimeout(this.timer);
  }

  /** A look that is due already stays as it is: it asks how long the silence is, whatever it was set for. */
  private lookAfter(ms: number): void {
    this.timer ??= this.options.clock.setTimeout(() => this.check(), ms);
  }

  private check(): void {
    this.timer = undefined;
    const { clock, afterMs, pods, stop, onChange } = this.options;
    const silentMs = clock.monotonicMs() - this.renewedAtMs;
    let isNew = false;
    for (const pod of pods()) {
      const { uid } = pod.metadata;
      const times = this.stopped.has(uid) ? undefined : fenceTimes(pod, afterMs);
      if (times === undefined || silentMs < times.beginMs) continue;
      this.stopped.add(uid);
      isNew = true;
      stop(pod, times.graceMs);
    }
    if (isNew) onChange(true, this.stopped.size);
    this.lookAfter(Math.max(lookMs, afterMs / 4 - silentMs));
  }

  private async lift(): Promise<void> {
    this.isLifting = true;
    const count = this.stopped.size;
    if (await this.options.look())
      for (const uid of [...this.stopped]) if (await this.options.resume(uid)) this.stopped.delete(uid);
    this.isLifting = false;
    // The rest follows with the next renewal.
    if (this.stopped.size === 0) this.options.onChange(false, count);
  }
}
