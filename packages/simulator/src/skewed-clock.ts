/** The clock of one host: it may run faster or slower than others, and its wall time may be set. */

import type { Clock, TimerHandle } from '@mooring/core';

const delayMsMin = 0.01;

export class SkewedClock implements Clock {
  private readonly clock: Clock;
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
    // Less than what a number of this size can show would be no time at all, however often it is waited for.
    return this.clock.setTimeout(fn, delayMs > 0 ? Math.max(delayMs / this.rate, delayMsMin) : 0);
  }

  clearTimeout(handle: TimerHandle | undefined): void {
    this.clock.clearTimeout(handle);
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
  }
}
