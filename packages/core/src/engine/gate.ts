/** Something that many wait for, and that comes more than once. */

import { abortable } from './abortable.ts';

export class Gate {
  private pass = () => {};
  private next: Promise<void> = this.closed();

  /** Lets everybody through that waits now. */
  open(): void {
    this.pass();
    this.next = this.closed();
  }

  /** Resolves when it is opened the next time; rejects with the signal's reason when that aborts first. */
  async wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await abortable(this.next, signal);
  }

  private closed(): Promise<void> {
    return new Promise((resolve) => {
      this.pass = resolve;
    });
  }
}
