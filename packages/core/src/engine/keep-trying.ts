/** Work that has to go on, whatever becomes of it in between. */

import type { Clock } from '../contract/clock.ts';
import { sleep } from './abortable.ts';

export interface KeepTryingOptions {
  readonly clock: Clock;
  /** Before the next try. */
  readonly pauseMs: number;
  readonly signal: AbortSignal;
  /** Hears why a try has failed, but for those that the signal has ended. */
  onFailure(error: unknown): void;
}

/** Tries again until the work has been done, or the signal aborts. Does not reject. */
export async function keepTrying(
  { clock, pauseMs, signal, onFailure }: KeepTryingOptions,
  work: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await work();
      return;
    } catch (error) {
      if (!signal.aborted) onFailure(error);
    }
    // An abort ends the sleep and the loop.
    await sleep(clock, pauseMs, signal).catch(() => {});
  }
}
