/** Waiting that can be cancelled. */

import { setMaxListeners } from 'node:events';
import type { Clock } from '../contract/clock.ts';

/**
 * Settles like `promise`, or rejects with `signal.reason` as soon as the signal aborts. What the promise does after
 * that is ignored: the work itself must watch the signal too if it is to stop.
 */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const forget = onAbort(signal, () => reject(signal.reason));
    promise.then(resolve, reject).then(forget);
  });
}

/** Resolves after `ms` on the clock; rejects with `signal.reason` when the signal aborts first. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const timer = clock.setTimeout(() => {
      forget();
      resolve();
    }, ms);
    const forget = onAbort(signal, () => {
      clock.clearTimeout(timer);
      reject(signal?.reason);
    });
  });
}

/**
 * Calls `fn` once when the signal aborts, at once when it has aborted already. The function given back takes the
 * listener off again: a signal often outlives thousands of the calls that it guards.
 */
export function onAbort(signal: AbortSignal | undefined, fn: () => void): () => void {
  if (signal === undefined) return () => {};
  if (signal.aborted) {
    fn();
    return () => {};
  }
  if (!unlimited.has(signal)) {
    // Node prints a warning about a leak at the eleventh listener; one signal for many actors is what we want.
    setMaxListeners(0, signal);
    unlimited.add(signal);
  }
  signal.addEventListener('abort', fn, { once: true });
  return () => signal.removeEventListener('abort', fn);
}

/** Signals that have been told to take any number of listeners, which costs more than to remember it. */
const unlimited = new WeakSet<AbortSignal>();
