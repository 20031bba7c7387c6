/** One node at a time gets the taint that drives its pods out, and the next one when the rate of its zone allows it. */

import type { Moment } from './node-health.ts';

export class TaintPace {
  /** By zone: when a node was tainted last, on the monotonic clock. */
  private readonly lastMs = new Map<string, number>();

  /** What an earlier controller has done: the last taint of a zone, by its stored time. Counts for a zone not heard of yet. */
  learn(zone: string, taintedMs: number | undefined, now: Moment): void {
    if (this.lastMs.has(zone)) return;
    const agoMs = taintedMs === undefined ? Number.POSITIVE_INFINITY : Math.max(0, now.wallMs - taintedMs);
    this.lastMs.set(zone, now.monotonicMs - agoMs);
  }

  /** How long until the next node of the zone may be tainted; infinite at a rate of 0. */
  waitMs(zone: string, nodesPerSecond: number, { monotonicMs }: Moment): number {
    if (nodesPerSecond <= 0) return Number.POSITIVE_INFINITY;
    const lastMs = this.lastMs.get(zone) ?? Number.NEGATIVE_INFINITY;
    return Math.max(0, lastMs + 1000 / nodesPerSecond - monotonicMs);
  }

  tainted(zone: string, { monotonicMs }: Moment): void {
    this.lastMs.set(zone, monotonicMs);
  }
}
