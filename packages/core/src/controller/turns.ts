/**
 * Lets so many work at a time, in the order in which they asked: each in a later turn of the event loop, so that timers and
 * sockets come in between, and a burst of changes becomes one look.
 */

import type { Clock } from '../contract/clock.ts';
import { Fifo } from '../engine/fifo.ts';

export class Turns {
  private readonly atOnceMax: number;
  private readonly clock: Pick<Clock, 'later'>;
  private readonly queue = new Fifo<() => boolean>();
  private taken = 0;
  private isDue = false;

  constructor(atOnceMax: number, clock: Pick<Clock, 'later'>) {
    this.atOnceMax = atOnceMax;
    this.clock = clock;
  }

  /** `begin` is called when it is the caller's turn; it answers whether the turn is still wanted. */
  ask(begin: () => boolean): void {
    this.queue.push(begin);
    this.giveSoon();
  }

  /** Gives a turn back. */
  done(): void {
    this.taken -= 1;
    this.giveSoon();
  }

  private giveSoon(): void {
    if (this.clock.later === undefined) {
      this.give();
      return;
    }
    if (this.isDue || this.queue.size === 0) return;
    this.isDue = true;
    this.clock.later(() => {
      this.isDue = false;
      this.give();
    });
  }

  private give(): void {
    while (this.taken < this.atOnceMax) {
      const begin = this.queue.shift();
      if (begin === undefined) return;
      this.taken += 1;
      if (!begin()) this.taken -= 1;
    }
  }
}
