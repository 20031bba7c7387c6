/** How much one end of a stream may still send: what the other end has not taken counts against the window. */

import { Fifo } from '../engine/fifo.ts';
import { windowBytes } from './stream-frame.ts';

interface Writer {
  readonly weight: number;
  resolve(): void;
  reject(error: unknown): void;
}

export class StreamCredit {
  private readonly writers = new Fifo<Writer>();
  private next: Writer | undefined;
  private spent = 0;
  private granted = 0;
  private isOpen = false;

  /** `undefined` when there is room now; otherwise resolves when there is. In the order of the calls. */
  spend(weight: number): Promise<void> | undefined {
    if (this.isOpen) return undefined;
    if (this.next === undefined && this.fits(weight)) {
      this.spent += weight;
      return undefined;
    }
    return new Promise((resolve, reject) => {
      this.writers.push({ weight, resolve, reject });
      this.next ??= this.writers.shift();
    });
  }

  /** The other end has taken so much in all. What was never sent cannot have been taken. */
  grant(total: number): void {
    this.granted = Math.max(this.granted, Math.min(total, this.spent));
    while (this.next !== undefined && this.fits(this.next.weight)) {
      this.spent += this.next.weight;
      this.next.resolve();
      this.next = this.writers.shift();
    }
  }

  /** Nobody takes anything any more: whoever waits, and whoever comes, may go on. */
  open(): void {
    this.isOpen = true;
    this.settle((writer) => writer.resolve());
  }

  fail(error: unknown): void {
    this.isOpen = true;
    this.settle((writer) => writer.reject(error));
  }

  private settle(finish: (writer: Writer) => void): void {
    for (; this.next !== undefined; this.next = this.writers.shift()) finish(this.next);
  }

  private fits(weight: number): boolean {
    return this.spent + weight - this.granted <= windowBytes;
  }
}
