/** The real clock and real chance: the only place in core that touches them. */

import { randomUUID } from 'node:crypto';
import type { Clock, Random, TimerHandle } from '../contract/clock.ts';

/** Node clamps longer timers to 1 ms, which would turn a far deadline into a hot loop. */
const timerMsMax = 2 ** 31 - 1;

/** The clock of this machine: what everything uses that is given no other. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  // biome-ignore lint/style/noRestrictedGlobals: this is the adapter that the rule points to.
  setTimeout: (fn, delayMs) => setTimeout(fn, Math.min(delayMs, timerMsMax)) as unknown as TimerHandle,
  // biome-ignore lint/style/noRestrictedGlobals: as above.
  later: (fn) => void setImmediate(fn),
  clearTimeout: (handle) => clearTimeout(handle as unknown as NodeJS.Timeout | undefined),
};

/** Chance from the system: what everything uses that is given no other. */
export const systemRandom: Random = { next: () => Math.random(), uuid: () => inOnePiece(randomUUID()) };

/**
 * Node puts a UUID together from twenty strings, which V8 keeps as a tree of 700 bytes for as long as the UUID lives, or
 * until one of its characters is read.
 */
function inOnePiece(text: string): string {
  return text.charCodeAt(0) > 0 ? text : '';
}
