/**
 * Turns in which watches write: one event may concern thousands of clients, and whoever else asks for something must not
 * wait until the last of them has it.
 */

import type { Clock } from '@mooring/core';

export interface Writer {
  /** Writes what there is to write. Must not throw. */
  pump(): void;
}

/** Writers that have their turn before others have theirs. */
const atATime = 128;

export class WriteTurns {
  private readonly clock: Clock;
  private waiting = new Set<Writer>();
  private isScheduled = false;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** The writer is called soon; once, however often it asks before. */
  add(writer: Writer): void {
    this.waiting.add(writer);
    this.schedule();
  }

  delete(writer: Writer): void {
    this.waiting.delete(writer);
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    const run = () => this.run();
    if (this.clock.later === undefined) void Promise.resolve().then(run);
    else this.clock.later(run);
  }

  private run(): void {
    this.isScheduled = false;
    let left = atATime;
    for (const writer of this.waiting) {
      if (left === 0) break;
      left -= 1;
      this.waiting.delete(writer);
      writer.pump();
    }
    if (this.waiting.size > 0) this.schedule();
  }
}
