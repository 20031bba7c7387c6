import { describe, expect, it } from 'vitest';
import { eventNote, failureMessage } from '../../src/scheduler/failure-message.ts';
import { feasibleWanted, findFeasible } from '../../src/scheduler/find-feasible.ts';
import { placePod } from '../../src/scheduler/place-pod.ts';
import { podNeeds } from '../../src/scheduler/pod-needs.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { type NodeExample, nodeState, specOf } from './examples.ts';

const nodesNamed = (names: string, example: NodeExample = {}) =>
  [...names].map((name) => nodeState(name, example));
const random = new SeededRandom('place-pod');
const world = (nodes: ReturnType<typeof nodesNamed>, start = 0) => ({
  nodes,
  start,
  siblings: undefined,
  random,
  percentageOfNodes: 0,
});

describe('how many feasible nodes are enough', () => {
  it.each([
    [1, 1],
    [99, 99],
    [100, 100],
    [200, 100],
    [250, 120],
    [1000, 420],
    [2000, 680],
    [5000, 500],
    [6000, 300],
    [15_000, 750],
  ])('of %i nodes: %i', (nodes, want) => {
    expect(feasibleWanted(nodes)).toBe(want);
  });

  it.each([
    [1000, 30, 300],
    [1000, 100, 1000],
    [1000, 5, 100],
    [50, 10, 50],
  ])('of %i nodes, if %i % are wanted: %i', (nodes, percentage, want) => {
    expect(feasibleWanted(nodes, percentage)).toBe(want);
  });
});

describe('the search for a node', () => {
  const nodes = [...nodesNamed('ab'), nodeState('c', { unschedulable: true }), ...nodesNamed('de')];
  const names = (found: readonly { readonly facts: { readonly name: string } }[]) =>
    found.map(({ facts }) => facts.name).join('');

  it.each([
    [0, 2, 'ab', 2],
    [2, 2, 'de', 3],
    [3, 3, 'dea', 3],
    [1, 9, 'bdea', 5],
  ])('begins at node %i, goes round, and ends when %i are found', (start, wanted, want, looked) => {
    const search = findFeasible(podNeeds(specOf()), nodes, { start, wanted });
    expect([names(search.feasible), search.looked]).toEqual([want, looked]);
  });

  it('counts every reason of the nodes that it passes over', () => {
    const some = [
      nodeState('a', { allocatable: { cpu: '1', memory: '1Gi' } }),
      nodeState('b', { allocatable: { cpu: '1' } }),
      nodeState('c', { unschedulable: true }),
      nodeState('d', {}, [specOf({ cpu: '3' })]),
    ];
    const needs = podNeeds(specOf({ cpu: '2', memory: '2Gi' }));
    const { rejections } = findFeasible(needs, some, { start: 0, wanted: 4 });
    expect(Object.fromEntries(rejections.counts)).toEqual({
      'Insufficient cpu': 3,
      'Insufficient memory': 1,
      'node(s) were unschedulable': 1,
    });
    expect([rejections.byPods, rejections.byNature]).toEqual([1, 3]);
  });
});

describe('a pod', () => {
  it('goes to the only node that can take it, without a choice', () => {
    const nodes = [nodeState('a', { unschedulable: true }), nodeState('b')];
    expect(placePod(podNeeds(specOf()), world(nodes))).toEqual({ kind: 'placed', nodeName: 'b', looked: 2 });
  });

  it('goes to the emptiest of several', () => {
    const used = [specOf({ cpu: '1', memory: '1Gi' })];
    const nodes = [nodeState('a', {}, used), nodeState('b'), nodeState('c', {}, used)];
    expect(placePod(podNeeds(specOf()), world(nodes))).toMatchObject({ nodeName: 'b' });
  });

  it('goes to each of several equal nodes as often as to the others', () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 3000; i += 1) {
      const placing = placePod(podNeeds(specOf()), world(nodesNamed('abc')));
      const name = placing.kind === 'placed' ? placing.nodeName : 'nowhere';
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(['a', 'b', 'c']);
    for (const count of counts.values()) expect(count).toBeGreaterThan(900);
  });

  it('goes nowhere where there are no nodes', () => {
    const message = 'no nodes available to schedule pods';
    expect(placePod(podNeeds(specOf()), world([]))).toEqual({ kind: 'nowhere', message, looked: 0 });
  });
});

describe('the message of a failure', () => {
  const rejections = (counts: Readonly<Record<string, number>>, byPods: number, byNature: number) => ({
    counts: new Map(Object.entries(counts)),
    byPods,
    byNature,
  });

  it.each([
    [
      'all nodes are full',
      rejections({ 'Insufficient cpu': 3 }, 3, 0),
      '0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.',
    ],
    [
      'no node ever takes it',
      rejections({ 'node(s) were unschedulable': 3 }, 0, 3),
      '0/3 nodes are available: 3 node(s) were unschedulable. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.',
    ],
    [
      'nodes have several reasons, which are sorted as text with their counts',
      rejections({ 'Insufficient cpu': 2, 'Insufficient memory': 1, 'Too many pods': 12 }, 2, 1),
      '0/3 nodes are available: 1 Insufficient memory, 12 Too many pods, 2 Insufficient cpu. preemption: 0/3 nodes are available: 1 Preemption is not helpful for scheduling, 2 No preemption victims found for incoming pod.',
    ],
  ])('%s', (_, found, want) => {
    expect(failureMessage(3, found)).toBe(want);
  });

  it('is cut for an Event after 1024 characters', () => {
    const long = 'x'.repeat(1025);
    expect(eventNote(long)).toBe(`${'x'.repeat(1020)} ...`);
    expect(eventNote('x'.repeat(1024))).toHaveLength(1024);
    expect(eventNote('short')).toBe('short');
  });
});
