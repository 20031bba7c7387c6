/** How long ago something was, as kubectl prints it. The steps are those of `duration.HumanDuration`. Pure. */

import { parseTime } from '@mooring/core';

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

/** `<unknown>` for a time that is missing or cannot be read. */
export function ageOf(time: string | null | undefined, nowMs: number): string {
  const thenMs = parseTime(time);
  return thenMs === undefined ? '<unknown>' : humanDuration(nowMs - thenMs);
}

/** `90s`, `5m12s`, `3h`, `2d5h`, `1y20d`. */
export function humanDuration(durationMs: number): string {
  const seconds = Math.trunc(durationMs / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 2 * minute) return `${seconds}s`;
  if (seconds < 10 * minute) return twoParts(seconds, minute, 'm', 1, 's');
  if (seconds < 3 * hour) return `${Math.floor(seconds / minute)}m`;
  if (seconds < 8 * hour) return twoParts(seconds, hour, 'h', minute, 'm');
  if (seconds < 2 * day) return `${Math.floor(seconds / hour)}h`;
  if (seconds < 8 * day) return twoParts(seconds, day, 'd', hour, 'h');
  if (seconds < 2 * year) return `${Math.floor(seconds / day)}d`;
  if (seconds < 8 * year) return twoParts(seconds, year, 'y', day, 'd');
  return `${Math.floor(seconds / year)}y`;
}

function twoParts(seconds: number, unit: number, name: string, small: number, smallName: string): string {
  const rest = Math.floor((seconds % unit) / small);
  return `${Math.floor(seconds / unit)}${name}${rest === 0 ? '' : `${rest}${smallName}`}`;
}
