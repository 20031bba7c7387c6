/** Time and chance, injected everywhere. The same object drives XState machines and our own code. */

declare const timer: unique symbol;

/** What `setTimeout` returned; opaque. */
export type TimerHandle = { readonly [timer]?: never } | number;

/** Where time comes from: the system, or a test. See `systemClock`, and `TestClock` of `@mooring/core/testing`. */
export interface Clock {
  /** Wall time in milliseconds since the epoch: for time stamps only. */
  now(): number;
  /** Milliseconds that only grow: for durations and deadlines. */
  monotonicMs(): number;
  /** Calls `fn` once after `delayMs`. */
  setTimeout(fn: () => void, delayMs: number): TimerHandle;
  /** Does nothing when the timer has fired or was cleared. */
  clearTimeout(handle: TimerHandle | undefined): void;
  /**
   * Calls `fn` in a later turn of the event loop, after what has come in meanwhile. Optional: without it such work comes
   * a microtask later, as on a virtual clock, where all of one moment happens at once.
   */
  later?(fn: () => void): void;
}

/** Where chance comes from: the system, or a seed. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A UUID (version 4 shape). */
  uuid(): string;
}
