/** Real time: these tests are about real processes. */

import type { Clock, TimerHandle } from '@mooring/core';

const timers = new Map<number, NodeJS.Timeout>();
let nextID = 1;

export const wallClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimeout(fn, delayMs): TimerHandle {
    const id = nextID++;
    timers.set(
      id,
      setTimeout(() => {
        timers.delete(id);
        fn();
      }, delayMs),
    );
    return id;
  },
  clearTimeout(handle) {
    if (typeof handle !== 'number') return;
    clearTimeout(timers.get(handle));
    timers.delete(handle);
  },
};
