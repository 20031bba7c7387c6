/** Deadlines on the injected clock: `AbortSignal.timeout` would use real time and could not be tested. */

import type { Clock } from '../contract/clock.ts';
import { MooringError } from '../contract/error.ts';
import { onAbort } from './abortable.ts';

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
export function withDeadline<T>(
  clock: Clock,
  ms: number,
  parent: AbortSignal | undefined,
  what: string,
  fn: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  // One promise and one listener: every call to a runtime goes through here.
  return new Promise<T>((resolve, reject) => {
    parent?.throwIfAborted();
    const controller = new AbortController();
    const giveUp = (reason: unknown) => {
      end();
      controller.abort(reason);
      reject(reason);
    };
    const timer = clock.setTimeout(() => giveUp(exceeded(what, ms)), ms);
    const forget = onAbort(parent, () => giveUp(parent?.reason));
    const end = () => {
      clock.clearTimeout(timer);
      forget();
    };
    attempt(fn, controller.signal).then(
      (value) => {
        end();
        resolve(value);
      },
      (error) => {
        end();
        reject(error);
      },
    );
  });
}

/** Whatever `fn` throws becomes a rejection. */
async function attempt<T>(fn: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
  return await fn(signal);
}

function exceeded(what: string, ms: number): MooringError {
  return new MooringError('DEADLINE_EXCEEDED', `${what} did not finish within ${ms} ms`);
}

/** A signal that aborts `ms` from now. The words of its reason name `what`, as it is by then. */
export function deadlineSignal(
  clock: Clock,
  ms: number,
  parent?: AbortSignal,
  what: string | (() => string) = 'the operation',
): Deadline {
  const controller = new AbortController();
  const timer = clock.setTimeout(() => {
    forget();
    controller.abort(exceeded(typeof what === 'string' ? what : what(), ms));
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
