/** Waiting that can be cancelled. */

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
 * listener off again: a signal often outlives thousands of the calls that it guards. All that wait for one signal share
 * one listener, as one for each would cost more than most of what it guards. What `fn` throws ends up uncaught, as with
 * any listener of a signal, and the others are called all the same.
 */
export function onAbort(signal: AbortSignal | undefined, fn: () => void): () => void {
  if (signal === undefined) return () => {};
  if (signal.aborted) {
    fn();
    return () => {};
  }
  const listeners = listenersOf(signal);
  // A function of its own: the same `fn` may be given twice.
  const listener = () => fn();
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

const sharedListeners = new WeakMap<AbortSignal, Set<() => void>>();

function listenersOf(signal: AbortSignal): Set<() => void> {
  const known = sharedListeners.get(signal);
  if (known !== undefined) return known;
  const listeners = new Set<() => void>();
  sharedListeners.set(signal, listeners);
  signal.addEventListener('abort', () => callEach(listeners), { once: true });
  return listeners;
}

/** One that throws does not keep the others from being called; one that is taken off meanwhile is not called. */
function callEach(listeners: Set<() => void>): void {
  for (const listener of listeners) {
    listeners.delete(listener);
    try {
      listener();
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}
