/**
 * Zones: nodes that are likely to fail together. When many of them are in trouble at once it may well be the control plane
 * that is, so their pods are driven out slowly or not at all. Pure.
 */

import { regionLabel, zoneLabel } from '../../api/node-labels.ts';
import type { NodeObject } from '../../api/objects.ts';
import { isReady } from './node-health.ts';
import type { NodeLifecycleSettings } from './settings.ts';

/** `fullDisruption`: no node is ready; `partialDisruption`: three or more are not, and they are most of them. */
export type ZoneState = 'normal' | 'partialDisruption' | 'fullDisruption';

export interface Zone {
  readonly state: ZoneState;
  readonly notReady: number;
  readonly nodes: number;
}

const excludeLabel = 'node.kubernetes.io/exclude-disruption';
/** Fewer than this are never a disruption of the zone. */
const notReadyMin = 3;

/** `<region>/<zone>`; nodes without labels are one zone, `/`. */
export function zoneOf({ metadata }: NodeObject): string {
  const label = (name: string, beta: string) => metadata.labels?.[name] ?? metadata.labels?.[beta] ?? '';
  const region = label(regionLabel, 'failure-domain.beta.kubernetes.io/region');
  const zone = label(zoneLabel, 'failure-domain.beta.kubernetes.io/zone');
  return `${region}/${zone}`;
}

/** Nodes that are labelled so are not counted. */
export function zonesOf(nodes: Iterable<NodeObject>, unhealthyThreshold: number): ReadonlyMap<string, Zone> {
  const counts = new Map<string, { ready: number; notReady: number }>();
  for (const node of nodes) {
    if (node.metadata.labels?.[excludeLabel] !== undefined) continue;
    const name = zoneOf(node);
    const count = counts.get(name) ?? { ready: 0, notReady: 0 };
    counts.set(name, count);
    if (isReady(node)) count.ready += 1;
    else count.notReady += 1;
  }
  return new Map([...counts].map(([name, count]) => [name, zoneOfCounts(count, unhealthyThreshold)]));
}

export function zoneState(
  { ready, notReady }: { readonly ready: number; readonly notReady: number },
  unhealthyThreshold: number,
): ZoneState {
  if (ready === 0 && notReady > 0) return 'fullDisruption';
  const isMost = notReady / (notReady + ready) >= unhealthyThreshold;
  return notReady >= notReadyMin && isMost ? 'partialDisruption' : 'normal';
}

/** Not a single node anywhere is ready: more likely than that all have died is that they cannot be heard. */
export function isAllDisrupted(zones: ReadonlyMap<string, Pick<Zone, 'state'>>): boolean {
  return zones.size > 0 && [...zones.values()].every(({ state }) => state === 'fullDisruption');
}

export type EvictionSettings = Pick<
  NodeLifecycleSettings,
  'evictionRate' | 'secondaryEvictionRate' | 'largeZoneNodes'
>;

/** Nodes tainted in a second, by zone. */
export function evictionRates(
  zones: ReadonlyMap<string, Pick<Zone, 'state' | 'nodes'>>,
  settings: EvictionSettings,
): ReadonlyMap<string, number> {
  const isStopped = isAllDisrupted(zones);
  return new Map([...zones].map(([name, zone]) => [name, isStopped ? 0 : evictionRate(zone, settings)]));
}

function evictionRate(
  { state, nodes }: Pick<Zone, 'state' | 'nodes'>,
  { evictionRate, secondaryEvictionRate, largeZoneNodes }: EvictionSettings,
): number {
  if (state !== 'partialDisruption') return evictionRate;
  return nodes > largeZoneNodes ? secondaryEvictionRate : 0;
}

function zoneOfCounts(count: { readonly ready: number; readonly notReady: number }, threshold: number): Zone {
  const { ready, notReady } = count;
  return { state: zoneState(count, threshold), notReady, nodes: ready + notReady };
}
