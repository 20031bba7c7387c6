/** When a probe comes next: on ticks counted from the container's start, never late ones made up for. */

import type { ProbeSettings } from './settings.ts';
import { initialDelayLeftMs } from './worker.ts';

/** What the next probe is counted from. */
export type Schedule =
  /** The container's start: no probe has run yet. `random` is drawn from 0 to the period. */
  | { readonly from: 'start'; readonly firstDelayMs?: number | 'random' }
  /** Somebody asked for a probe now; only the initial delay still holds. */
  | { readonly from: 'request' }
  /** An earlier probe, by its time on the monotonic clock. */
  | { readonly from: 'probe'; readonly beganAtMs: number }
  /** The last attempt could not even be made. */
  | { readonly from: 'breakdown' };

export interface Instant {
  readonly wallMs: number;
  readonly monotonicMs: number;
  /** In [0, 1): what a random first delay is drawn with. */
  readonly chance: number;
}

/** Milliseconds until the next probe. After the first one the wall clock is not asked again: it may be set. */
export function nextProbeInMs(
  schedule: Schedule,
  settings: ProbeSettings,
  startedAtMs: number | undefined,
  now: Instant,
): number {
  switch (schedule.from) {
    case 'start': {
      const { firstDelayMs = 0 } = schedule;
      const delayMs = firstDelayMs === 'random' ? now.chance * settings.periodMs : firstDelayMs;
      const ranMs = startedAtMs === undefined ? 0 : Math.max(0, now.wallMs - startedAtMs);
      return Math.max(delayMs, settings.firstProbeMs - ranMs, 0);
    }
    case 'request':
      return initialDelayLeftMs(settings, startedAtMs, now.wallMs);
    case 'probe':
      return nextTickInMs(now.monotonicMs - schedule.beganAtMs, settings.periodMs);
    case 'breakdown':
      return settings.periodMs;
  }
}

/** Timers may fire a trifle early; without this much slack such a probe would be followed by another at the true tick. */
const earlyMsMax = 5;

function nextTickInMs(elapsedMs: number, periodMs: number): number {
  const slackMs = Math.min(earlyMsMax, periodMs / 2);
  const ticksPassed = Math.floor((elapsedMs + slackMs) / periodMs);
  return Math.max(0, (ticksPassed + 1) * periodMs - elapsedMs);
}
