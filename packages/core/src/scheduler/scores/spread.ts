/**
 * Spreads the pods of one owner over nodes and zones: Kubernetes' default constraints, `ScheduleAnyway` with a skew of 3
 * for hosts and of 5 for zones. Its API counts pods by the selectors of Services and sets; here the owner counts.
 */

import { hostnameLabel, zoneLabel } from '../../api/node-labels.ts';
import type { NodeState } from '../filters/filter.ts';

/** Where pods of the same owner are; those that are being deleted do not count. */
export interface Siblings {
  /** By the name of the node. */
  readonly byNode: ReadonlyMap<string, number>;
  readonly byZone: ReadonlyMap<string, number>;
}

const hostSkewMax = 3;
const zoneSkewMax = 5;

/** The fewer siblings on the node and in its zone, the better. */
export function spread(nodes: readonly NodeState[], siblings: Siblings): readonly number[] {
  const zonesSeen = new Set<string>();
  for (const { facts } of nodes) {
    const zone = facts.labels[zoneLabel];
    if (zone !== undefined) zonesSeen.add(zone);
  }
  const hostWeight = domainWeight(nodes.length);
  const zoneWeight = domainWeight(zonesSeen.size);
  const raw = nodes.map(({ facts }) => {
    const zone = facts.labels[zoneLabel];
    const host =
      facts.labels[hostnameLabel] === undefined
        ? 0
        : (siblings.byNode.get(facts.name) ?? 0) * hostWeight + hostSkewMax - 1;
    const inZone = zone === undefined ? 0 : (siblings.byZone.get(zone) ?? 0) * zoneWeight + zoneSkewMax - 1;
    return Math.round(host + inZone);
  });
  return inverted(raw);
}

/** Many domains hold few pods each, so each pod counts for more. */
function domainWeight(domains: number): number {
  return Math.log(domains + 2);
}

/** The least crowded place gets 100. */
function inverted(raw: readonly number[]): readonly number[] {
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (const value of raw) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  if (most === 0) return raw.map(() => 100);
  return raw.map((value) => Math.trunc((100 * (most + least - value)) / most));
}
