/** What holds for every cluster, however its nodes are spread and whatever they say. */

import { describe, expect, it } from 'vitest';
import { fc } from '../../../../../test/support/fast-check.ts';
import type { NodeObject } from '../../../src/api/objects.ts';
import { isReady } from '../../../src/controller/node-lifecycle/node-health.ts';
import { defaultNodeLifecycle } from '../../../src/controller/node-lifecycle/settings.ts';
import {
  evictionRates,
  isAllDisrupted,
  zoneOf,
  zonesOf,
} from '../../../src/controller/node-lifecycle/zones.ts';

const nodes = fc.array(
  fc.record({
    zone: fc.constantFrom('', 'a', 'b', 'c'),
    ready: fc.constantFrom('True', 'False', 'Unknown', undefined),
    isExcluded: fc.boolean(),
  }),
  { maxLength: 130 },
);

type Drawn = typeof nodes extends fc.Arbitrary<infer T> ? T : never;

function cluster(drawn: Drawn): readonly NodeObject[] {
  return drawn.map(({ zone, ready, isExcluded }, i) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: `n${i}`,
      labels: {
        ...(zone !== '' && { 'topology.kubernetes.io/zone': zone }),
        ...(isExcluded && { 'node.kubernetes.io/exclude-disruption': '' }),
      },
    },
    status: { conditions: ready === undefined ? [] : [{ type: 'Ready', status: ready as 'True' }] },
  }));
}

const counted = (node: NodeObject) =>
  node.metadata.labels?.['node.kubernetes.io/exclude-disruption'] === undefined;

describe('zones', () => {
  it('count each node once, and none that is excluded', () => {
    fc.assert(
      fc.property(nodes, (drawn) => {
        const all = cluster(drawn);
        const zones = zonesOf(all, 0.55);
        const sum = [...zones.values()].reduce((total, zone) => total + zone.nodes, 0);
        expect(sum).toBe(all.filter(counted).length);
        for (const [name, zone] of zones) {
          const own = all.filter((node) => counted(node) && zoneOf(node) === name);
          expect(zone.notReady).toBe(own.filter((node) => !isReady(node)).length);
        }
      }),
    );
  });

  it('are fully disrupted if and only if they have nodes and none is ready', () => {
    fc.assert(
      fc.property(nodes, (drawn) => {
        for (const { state, nodes: count, notReady } of zonesOf(cluster(drawn), 0.55).values())
          expect(state === 'fullDisruption').toBe(count > 0 && notReady === count);
      }),
    );
  });

  it('never get better when a node that was ready is not any more', () => {
    const order = ['normal', 'partialDisruption', 'fullDisruption'];
    fc.assert(
      fc.property(nodes, (drawn) => {
        const before = zonesOf(cluster(drawn), 0.55);
        const victim = drawn.findIndex(({ ready }) => ready === 'True');
        fc.pre(victim >= 0);
        const worse = drawn.map((node, i) => (i === victim ? { ...node, ready: 'Unknown' as const } : node));
        for (const [name, { state }] of zonesOf(cluster(worse), 0.55))
          expect(order.indexOf(state)).toBeGreaterThanOrEqual(
            order.indexOf(before.get(name)?.state ?? 'normal'),
          );
      }),
    );
  });
});

describe('the rate at which nodes are tainted', () => {
  it('is one of three, and never more for a zone that is worse off', () => {
    const { evictionRate, secondaryEvictionRate, largeZoneNodes } = defaultNodeLifecycle;
    fc.assert(
      fc.property(nodes, (drawn) => {
        const zones = zonesOf(cluster(drawn), 0.55);
        const rates = evictionRates(zones, defaultNodeLifecycle);
        for (const [name, { state, nodes: count }] of zones) {
          const rate = rates.get(name);
          if (isAllDisrupted(zones)) expect(rate).toBe(0);
          else if (state !== 'partialDisruption') expect(rate).toBe(evictionRate);
          else expect(rate).toBe(count > largeZoneNodes ? secondaryEvictionRate : 0);
        }
      }),
    );
  });

  it('is zero everywhere when no node anywhere is ready', () => {
    fc.assert(
      fc.property(nodes, (drawn) => {
        const all = cluster(drawn.map((node) => ({ ...node, ready: 'Unknown' as const })));
        const rates = [...evictionRates(zonesOf(all, 0.55), defaultNodeLifecycle).values()];
        expect(rates.every((rate) => rate === 0)).toBe(true);
      }),
    );
  });
});
