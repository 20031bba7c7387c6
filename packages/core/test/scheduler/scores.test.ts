import { describe, expect, it } from 'vitest';
import type { NodeSelectorTerm } from '../../src/api/affinity.ts';
import type { PodSpec } from '../../src/api/pod.ts';
import { podNeeds } from '../../src/scheduler/pod-needs.ts';
import { balancedAllocation } from '../../src/scheduler/scores/balanced-allocation.ts';
import { leastAllocated } from '../../src/scheduler/scores/least-allocated.ts';
import { fewestSoftTaints, preferredAffinity, scoreNodes } from '../../src/scheduler/scores/score-nodes.ts';
import { spread } from '../../src/scheduler/scores/spread.ts';
import { nodeState, specOf } from './examples.ts';

const allocatable = { cpu: '1', memory: '1000Mi' };

describe('LeastAllocated', () => {
  it.each<[string, PodSpec, readonly PodSpec[], number]>([
    ['half of both is left', specOf({ cpu: '500m', memory: '500Mi' }), [], 50],
    ['the mean of what is left', specOf({ cpu: '250m', memory: '750Mi' }), [], 50],
    [
      'what is there counts',
      specOf({ cpu: '250m', memory: '250Mi' }),
      [specOf({ cpu: '250m', memory: '250Mi' })],
      50,
    ],
    ['100m and 200 MiB where nothing is asked for', specOf(), [], Math.floor((90 + 80) / 2)],
    [
      'also for those that are there',
      specOf({ cpu: '100m', memory: '100Mi' }),
      [specOf()],
      Math.floor((80 + 70) / 2),
    ],
    ['each by itself: one is asked for', specOf({ cpu: '500m' }), [], Math.floor((50 + 80) / 2)],
    ['nothing where it would be too much', specOf({ cpu: '2', memory: '500Mi' }), [], 25],
    ['whole percents at each step', specOf({ cpu: '333m', memory: '333Mi' }), [], 66],
  ])('%s', (_, spec, pods, want) => {
    expect(leastAllocated(podNeeds(spec), nodeState('a', { allocatable }, pods))).toBe(want);
  });

  it('leaves out what the node has none of', () => {
    const node = nodeState('a', { allocatable: { cpu: '1', memory: '0' } });
    expect(leastAllocated(podNeeds(specOf({ cpu: '250m' })), node)).toBe(75);
  });
});

describe('BalancedAllocation', () => {
  it.each<[string, PodSpec, readonly PodSpec[], number]>([
    ['75 where the balance stays', specOf({ cpu: '500m', memory: '500Mi' }), [], 75],
    ['less where it gets worse', specOf({ cpu: '500m' }), [], 62],
    ['least where it gets as bad as can be', specOf({ cpu: '1' }), [], 50],
    ['more where it gets better', specOf({ memory: '500Mi' }), [specOf({ cpu: '500m' })], 87],
    ['nothing for a pod that asks for nothing', specOf(), [specOf({ cpu: '500m' })], 0],
    ['nothing for a pod that asks for other things', specOf({ 'x.io/gpu': '1' }), [], 0],
  ])('%s', (_, spec, pods, want) => {
    expect(balancedAllocation(podNeeds(spec), nodeState('a', { allocatable }, pods))).toBe(want);
  });

  it('counts no requests that are not made', () => {
    const node = nodeState('a', { allocatable }, [specOf(), specOf(), specOf()]);
    expect(balancedAllocation(podNeeds(specOf({ cpu: '500m', memory: '500Mi' })), node)).toBe(75);
  });
});

describe('taints that say "rather not"', () => {
  const soft = (...keys: string[]) => ({
    taints: keys.map((key) => ({ key, effect: 'PreferNoSchedule' }) as const),
  });
  const nodes = [nodeState('a'), nodeState('b', soft('x')), nodeState('c', soft('x', 'y', 'z', 'u'))];

  it('count against a node, the most of them altogether', () => {
    expect(fewestSoftTaints(podNeeds(specOf()), nodes)).toEqual([100, 75, 0]);
  });

  it('do not count where they are tolerated', () => {
    const tolerations = [{ operator: 'Exists' as const }];
    expect(fewestSoftTaints(podNeeds(specOf({}, { tolerations })), nodes)).toEqual([100, 100, 100]);
  });

  it('tell nodes apart only where there are any', () => {
    expect(fewestSoftTaints(podNeeds(specOf()), [nodeState('a'), nodeState('b')])).toBeUndefined();
  });
});

describe('preferred node affinity', () => {
  const is = (key: string): NodeSelectorTerm => ({ matchExpressions: [{ key, operator: 'Exists' }] });
  const preferring = (...preferences: [number, NodeSelectorTerm][]): PodSpec =>
    specOf(
      {},
      {
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: preferences.map(([weight, preference]) => ({
              weight,
              preference,
            })),
          },
        },
      },
    );
  const nodes = [
    nodeState('a', { labels: { ssd: '', near: '' } }),
    nodeState('b', { labels: { near: '' } }),
    nodeState('c'),
  ];

  it('adds up the weights, in parts of the best node', () => {
    expect(preferredAffinity(podNeeds(preferring([30, is('ssd')], [10, is('near')])), nodes)).toEqual([
      100, 25, 0,
    ]);
  });

  it('is nothing where no node meets any', () => {
    expect(preferredAffinity(podNeeds(preferring([30, is('gpu')])), nodes)).toEqual([0, 0, 0]);
  });

  it('tells nodes apart only where a pod has any', () => {
    expect(preferredAffinity(podNeeds(specOf()), nodes)).toBeUndefined();
  });
});

describe('spreading the pods of one owner', () => {
  const inZone = (name: string, zone?: string) =>
    nodeState(name, { labels: zone === undefined ? {} : { 'topology.kubernetes.io/zone': zone } });
  const siblings = (
    byNode: Readonly<Record<string, number>>,
    byZone: Readonly<Record<string, number>> = {},
  ) => ({
    byNode: new Map(Object.entries(byNode)),
    byZone: new Map(Object.entries(byZone)),
  });

  it('is for nodes with fewer of them', () => {
    const nodes = ['a', 'b', 'c'].map((name) => inZone(name));
    const scores = spread(nodes, siblings({ a: 4, b: 1 }));
    // ln 5 for each sibling on one of three hosts, and 2 for the skew that is allowed: 8, 4 and 2 of at most 8.
    expect(scores).toEqual([25, 75, 100]);
  });

  it('is for zones with fewer of them', () => {
    const nodes = [inZone('a', 'north'), inZone('b', 'north'), inZone('c', 'south')];
    const [a = 0, b = 0, c = 0] = spread(nodes, siblings({ a: 3 }, { north: 3 }));
    expect(a).toBeLessThan(b);
    expect(b).toBeLessThan(c);
    expect(c).toBe(100);
  });

  it('sees pods on nodes of a zone that are not to choose from', () => {
    const nodes = [inZone('b', 'north'), inZone('c', 'south')];
    const [b = 0, c = 0] = spread(nodes, siblings({ full: 5 }, { north: 5 }));
    expect(b).toBeLessThan(c);
  });

  it('is the same for all where there are none', () => {
    expect(spread([inZone('a'), inZone('b')], siblings({}))).toEqual([100, 100]);
  });

  it('knows no host without its label', () => {
    const bare = nodeState('a', { labels: {} });
    const node = { ...bare, facts: { ...bare.facts, labels: {} } };
    expect(spread([node], siblings({ a: 7 }))).toEqual([100]);
  });
});

describe('all scores together', () => {
  it('weigh an emptier node less than a wish, and a wish less than a taint', () => {
    const preference = { matchExpressions: [{ key: 'ssd', operator: 'Exists' as const }] };
    const needs = podNeeds(
      specOf(
        { cpu: '100m', memory: '100Mi' },
        {
          affinity: {
            nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference }] },
          },
        },
      ),
    );
    const nodes = [
      nodeState('empty', { allocatable }),
      nodeState('wanted', { allocatable, labels: { ssd: '' } }, [specOf({ cpu: '500m', memory: '500Mi' })]),
      nodeState('tainted', {
        allocatable,
        labels: { ssd: '' },
        taints: [{ key: 'x', effect: 'PreferNoSchedule' }],
      }),
    ];
    // Left over, balance, 3 x taints, 2 x wishes.
    expect(scoreNodes(needs, nodes, undefined)).toEqual([
      90 + 75 + 300 + 0,
      40 + 75 + 300 + 200,
      90 + 75 + 0 + 200,
    ]);
  });

  it('spread the pods of an owner where nothing else tells nodes apart', () => {
    const nodes = [nodeState('a'), nodeState('b')];
    const siblings = { byNode: new Map([['a', 1]]), byZone: new Map() };
    const [a = 0, b = 0] = scoreNodes(podNeeds(specOf()), nodes, siblings);
    expect(b).toBeGreaterThan(a);
    const [alone, too] = scoreNodes(podNeeds(specOf()), nodes, undefined);
    expect(alone).toBe(too);
  });
});
