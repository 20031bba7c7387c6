// @ts-check
/** Time of the supervisor: a process of its own, outside the reach of any injected clock. */

export const clock = {
  now: () => Date.now(),
  /** @type {(fn: () => void, delayMs: number) => { unref(): void, clear(): void }} */
  after(fn, delayMs) {
    // biome-ignore lint/style/noRestrictedGlobals: this process has no clock but its own.
    const timer = setTimeout(fn, delayMs);
    return { unref: () => timer.unref(), clear: () => clearTimeout(timer) };
  },
};
