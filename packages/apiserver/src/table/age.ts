/** How long ago something was, as kubectl prints it. Pure. */

import { humanDuration, parseTime } from '@mooring/core';

/** `<unknown>` for a time that is missing or cannot be read. */
export function ageOf(time: string | null | undefined, nowMs: number): string {
  const thenMs = parseTime(time);
  return thenMs === undefined ? '<unknown>' : humanDuration(nowMs - thenMs);
}
