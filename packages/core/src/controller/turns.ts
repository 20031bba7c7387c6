/** Lets so many work at a time, in the order in which they asked. */

import { Fifo } from '../engine/fifo.ts';

export class Turns {
  private readonly atOnceMax: number;
  private readonly queue = new Fifo<() => boolean>();
  private taken = 0;

  constructor(atOnceMax: number) {
    this.atOnceMax = atOnceMax;
  }

  /** `begin` is called when it is the caller's turn, maybe at once; it answers whether the turn is still wanted. */
  ask(begin: () => boolean): void {
    this.queue.push(begin);
    this.give();
  }

  /** Gives a turn back. */
  done(): void {
    this.taken -= 1;
    this.give();
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
