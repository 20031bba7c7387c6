/** Deadlines on the injected clock: `AbortSignal.timeout` would use real time and could not be tested. */

import type { Clock } from '../contract/clock.ts';
import { MooringError } from '../contract/error.ts';
import { abortable, onAbort } from './abortable.ts';

export interface Deadline {
  /** Aborts with `DEADLINE_EXCEEDED` when the time is over, or with the parent's reason when the parent aborts. */
  readonly signal: AbortSignal;
  /** Disarms the timer and lets go of the parent; must be called when the guarded work is over. */
  clear(): void;
}

/**
 * Runs `fn` and settles like it, or rejects with `DEADLINE_EXCEEDED` (naming `what`) after `ms`, or with the parent's
 * reason when the parent aborts. Settles even when `fn` pays no attention to its signal.
 */
export async function withDeadline<T>(
  clock: Clock,
  ms: number,
  parent: AbortSignal | undefined,
  what: string,
  fn: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  parent?.throwIfAborted();
  const deadline = deadlineSignal(clock, ms, parent, what);
  try {
    return await abortable(fn(deadline.signal), deadline.signal);
  } finally {
    deadline.clear();
  }
}

/** A signal that aborts `ms` from now. The words of its reason name `what`. */
export function deadlineSignal(
  clock: Clock,
  ms: number,
  parent?: AbortSignal,
  what = 'the operation',
): Deadline {
  const controller = new AbortController();
  const timer = clock.setTimeout(() => {
    forget();
    controller.abort(new MooringError('DEADLINE_EXCEEDED', `${what} did not finish within ${ms} ms`));
  }, ms);
  const forget = onAbort(parent, () => {
    clock.clearTimeout(timer);
    controller.abort(parent?.reason);
  });
  return {
    signal: controller.signal,
    clear() {
      clock.clearTimeout(timer);
      forget();
    },
  };
}
