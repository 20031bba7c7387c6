/** The clock of one host: it may run faster or slower than others, and its wall time may be set. */

import type { Clock, TimerHandle } from '@mooring/core';

const delayMsMin = 0.01;

interface Waiting {
  readonly fn: () => void;
  /** By this clock. */
  readonly dueMs: number;
  inner: TimerHandle;
}

export class SkewedClock implements Clock {
  private readonly clock: Clock;
  private readonly waiting = new Map<number, Waiting>();
  private lastID = 0;
  private rate = 1;
  private wallOffsetMs = 0;
  /** Where both clocks were when the rate was last changed. */
  private baseMs: number;
  private baseTrueMs: number;

  constructor(clock: Clock) {
    this.clock = clock;
    this.baseMs = clock.monotonicMs();
    this.baseTrueMs = clock.monotonicMs();
  }

  now(): number {
    const drift = this.monotonicMs() - this.clock.monotonicMs();
    return Math.round(this.clock.now() + drift + this.wallOffsetMs);
  }

  monotonicMs(): number {
    return this.baseMs + (this.clock.monotonicMs() - this.baseTrueMs) * this.rate;
  }

  setTimeout(fn: () => void, delayMs: number): TimerHandle {
    const id = ++this.lastID;
    const dueMs = this.monotonicMs() + Math.max(0, delayMs);
    this.waiting.set(id, { fn, dueMs, inner: this.arm(id, delayMs) });
    return id;
  }

  clearTimeout(handle: TimerHandle | undefined): void {
    if (typeof handle !== 'number') return;
    this.clock.clearTimeout(this.waiting.get(handle)?.inner);
    this.waiting.delete(handle);
  }

  /** Somebody sets the time of the host. */
  jump(byMs: number): void {
    this.wallOffsetMs += byMs;
  }

  /** From now on; 1.05 is five percent too fast. */
  drift(rate: number): void {
    const nowMs = this.monotonicMs();
    this.baseTrueMs = this.clock.monotonicMs();
    this.baseMs = nowMs;
    this.rate = rate;
    for (const [id, timer] of this.waiting) {
      this.clock.clearTimeout(timer.inner);
      timer.inner = this.arm(id, timer.dueMs - nowMs);
    }
  }

  private arm(id: number, delayMs: number): TimerHandle {
    const fire = () => {
      const fn = this.waiting.get(id)?.fn;
      this.waiting.delete(id);
      fn?.();
    };
    // Less than what a number of this size can show would be no time at all, however often it is waited for.
    return this.clock.setTimeout(fire, delayMs > 0 ? Math.max(delayMs / this.rate, delayMsMin) : 0);
  }
}
