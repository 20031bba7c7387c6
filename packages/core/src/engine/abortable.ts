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
  const listener: Listener = { fn, before: undefined, after: undefined };
  const listeners = listenersOf(signal);
  listeners.add(listener);
  return () => listeners.remove(listener);
}

interface Listener {
  readonly fn: () => void;
  before: Listener | undefined;
  after: Listener | undefined;
}

/** In the order in which they came. A chain, as nearly all go again at once: a set would be rebuilt for every few of them. */
class Listeners {
  private first: Listener | undefined;
  private last: Listener | undefined;

  add(listener: Listener): void {
    listener.before = this.last;
    if (this.last === undefined) this.first = listener;
    else this.last.after = listener;
    this.last = listener;
  }

  /** Nothing happens when it is not among them any more. */
  remove(listener: Listener): void {
    const { before, after } = listener;
    if (before === undefined && this.first !== listener) return;
    if (before === undefined) this.first = after;
    else before.after = after;
    if (after === undefined) this.last = before;
    else after.before = before;
    listener.before = undefined;
    listener.after = undefined;
  }

  /** One that throws does not keep the others from being called; one that is taken off meanwhile is not called. */
  callEach(): void {
    for (let next = this.first; next !== undefined; next = this.first) {
      this.remove(next);
      try {
        next.fn();
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}

const sharedListeners = new WeakMap<AbortSignal, Listeners>();

function listenersOf(signal: AbortSignal): Listeners {
  const known = sharedListeners.get(signal);
  if (known !== undefined) return known;
  const listeners = new Listeners();
  sharedListeners.set(signal, listeners);
  signal.addEventListener('abort', () => listeners.callEach(), { once: true });
  return listeners;
}
