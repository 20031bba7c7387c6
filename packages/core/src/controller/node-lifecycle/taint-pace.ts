/** One node at a time gets the taint that drives its pods out, and the next one when the rate of its zone allows it. */

import type { NodeObject } from '../../api/objects.ts';
import type { Moment } from './node-health.ts';
import { noExecuteSinceMs } from './node-taints.ts';
import { zoneOf } from './zones.ts';

export class TaintPace {
  /** By zone: when a node was tainted last, on the monotonic clock. */
  private readonly lastMs = new Map<string, number>();
  /** By zone: the last taint that was seen there, by its stored time. */
  private readonly learnt = new Map<string, number>();

  /** What other controllers have done, before or in between, by the stored time of the last taint of each zone. */
  learn(nodes: readonly NodeObject[], { wallMs, monotonicMs }: Moment): void {
    for (const [zone, taintedMs] of lastTaints(nodes)) {
      // Once for each: one from the future, by another clock, is not news for ever.
      if (this.learnt.get(zone) === taintedMs) continue;
      this.learnt.set(zone, taintedMs);
      const atMs = monotonicMs - Math.max(0, wallMs - taintedMs);
      this.lastMs.set(zone, Math.max(this.lastMs.get(zone) ?? atMs, atMs));
    }
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

/** By zone: when a node of it got its taint last. */
function lastTaints(nodes: readonly NodeObject[]): ReadonlyMap<string, number> {
  const last = new Map<string, number>();
  for (const node of nodes) {
    const taintedMs = noExecuteSinceMs(node);
    const zone = zoneOf(node);
    if (taintedMs !== undefined) last.set(zone, Math.max(last.get(zone) ?? taintedMs, taintedMs));
  }
  return last;
}
