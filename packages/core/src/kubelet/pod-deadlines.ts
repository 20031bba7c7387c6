import type { Clock, TimerHandle } from '../contract/clock.ts';

/** One alarm for each pod that may only be active for so long. The moment may change while the pod runs. */
export class PodDeadlines {
  private readonly clock: Clock;
  private readonly onExpired: (podUID: string) => void;
  private readonly alarms = new Map<string, { readonly atMs: number; readonly timer: TimerHandle }>();

  constructor(clock: Clock, onExpired: (podUID: string) => void) {
    this.clock = clock;
    this.onExpired = onExpired;
  }

  /** So much is left from now; `undefined`: there is no deadline. */
  set(podUID: string, leftMs: number | undefined): void {
    const known = this.alarms.get(podUID);
    const atMs = leftMs === undefined ? undefined : this.clock.now() + leftMs;
    if (known?.atMs === atMs) return;
    this.clear(podUID);
    if (atMs === undefined || leftMs === undefined) return;
    const timer = this.clock.setTimeout(() => this.ring(podUID, atMs), leftMs);
    this.alarms.set(podUID, { atMs, timer });
  }

  /** A timer may be early: Node has none longer than 25 days, and the wall clock may have been set. */
  private ring(podUID: string, atMs: number): void {
    this.alarms.delete(podUID);
    const leftMs = atMs - this.clock.now();
    if (leftMs > 0) this.set(podUID, leftMs);
    else this.onExpired(podUID);
  }

  clear(podUID: string): void {
    this.clock.clearTimeout(this.alarms.get(podUID)?.timer);
    this.alarms.delete(podUID);
  }

  clearAll(): void {
    for (const podUID of [...this.alarms.keys()]) this.clear(podUID);
  }
}
