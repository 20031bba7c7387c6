/** How long ago things were when a row of a table was made, and until when the row says the same. */

import { humanDuration, humanDurationStepMs, parseTime } from '@mooring/core';

export class Moment {
  readonly nowMs: number;
  /** Before it, everything that was asked so far has the same answer. */
  untilMs = Number.POSITIVE_INFINITY;

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  /** As kubectl prints it; `<unknown>` for a time that is missing or cannot be read. */
  ageOf(time: string | null | undefined): string {
    const thenMs = parseTime(time);
    return thenMs === undefined ? '<unknown>' : this.since(thenMs);
  }

  since(thenMs: number): string {
    const ms = this.nowMs - thenMs;
    this.untilMs = Math.min(this.untilMs, this.nowMs + humanDurationStepMs(ms));
    return humanDuration(ms);
  }
}
