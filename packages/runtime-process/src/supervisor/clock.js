// @ts-check
/** Time of the supervisor: a process of its own, outside the reach of any injected clock. */

export const clock = {
  now: () => Date.now(),
  /** @param {number} delayMs @returns {Promise<void>} */
  sleep: (delayMs) => new Promise((resolve) => void clock.after(resolve, delayMs)),
  /** @type {(fn: () => void, delayMs: number) => { unref(): void, clear(): void }} */
  after(fn, delayMs) {
    // biome-ignore lint/style/noRestrictedGlobals: this process has no clock but its own.
    const timer = setTimeout(fn, delayMs);
    return { unref: () => timer.unref(), clear: () => clearTimeout(timer) };
  },
};
