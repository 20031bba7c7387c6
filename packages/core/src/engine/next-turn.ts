/** A pause in long work, in which timers and sockets are served and what comes in meanwhile is collected. */

import type { Clock } from '../contract/clock.ts';

/** Resolves in a later turn of the event loop; a microtask later on a clock that knows no turns. */
export function nextTurn(clock: Pick<Clock, 'later'>): Promise<void> {
  return new Promise((resolve) => {
    if (clock.later === undefined) resolve();
    else clock.later(resolve);
  });
}
