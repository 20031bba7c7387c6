import { describe, expect, it } from 'vitest';
import { fc } from '../../../../../test/support/fast-check.ts';
import { formatTime } from '../../../src/api/meta.ts';
import type { Pod, PodPhase } from '../../../src/api/pod.ts';
import { deletionCostAnnotation } from '../../../src/api/pod-deletion-cost.ts';
import {
  compareForDeletion,
  deletionCost,
  podsToDelete,
} from '../../../src/controller/replication/deletion-order.ts';

const nowMs = Date.UTC(2026, 0, 1);

interface Facts {
  readonly name?: string;
  readonly node?: string;
  readonly phase?: PodPhase;
  readonly readyForS?: number | 'no time';
  readonly cost?: string;
  readonly restarts?: number;
  readonly sidecarRestarts?: number;
  readonly ageS?: number;
}

function pod(facts: Facts): Pod {
  const { name = 'p', node, phase, readyForS, cost, restarts, sidecarRestarts, ageS } = facts;
  const ago = (seconds: number) => formatTime(nowMs - seconds * 1000);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      uid: name,
      ...(cost !== undefined && { annotations: { [deletionCostAnnotation]: cost } }),
      ...(ageS !== undefined && { creationTimestamp: ago(ageS) }),
    },
    spec: {
      containers: [{ name: 'c', image: 'i' }],
      initContainers: [{ name: 's', image: 'i', restartPolicy: 'Always' }],
      ...(node !== undefined && { nodeName: node }),
    },
    status: {
      ...(phase !== undefined && { phase }),
      ...(readyForS !== undefined && {
        conditions: [
          {
            type: 'Ready',
            status: 'True',
            ...(readyForS !== 'no time' && { lastTransitionTime: ago(readyForS) }),
          },
        ],
      }),
      ...(restarts !== undefined && { containerStatuses: [{ name: 'c', restartCount: restarts }] }),
      ...(sidecarRestarts !== undefined && {
        initContainerStatuses: [{ name: 's', restartCount: sidecarRestarts }],
      }),
    },
  };
}

const running = { node: 'n', phase: 'Running', readyForS: 3600, ageS: 7200 } as const;

describe('which of two pods is deleted first', () => {
  it.each([
    { name: 'the one without a node', first: { ...running, node: '' }, second: { node: 'n' } },
    { name: 'the pending one', first: { node: 'n' }, second: { node: 'n', phase: 'Unknown' } },
    {
      name: 'the unknown one',
      first: { node: 'n', phase: 'Unknown' },
      second: { node: 'n', phase: 'Running' },
    },
    {
      name: 'the one that is not ready',
      first: { node: 'n', phase: 'Running' },
      second: { ...running, cost: '-9' },
    },
    { name: 'the cheaper one', first: { ...running, cost: '-5' }, second: running },
    {
      name: 'the cheaper one, on the emptier node',
      first: { ...running, cost: '1' },
      second: { ...running, cost: '2' },
      ranks: [1, 2],
    },
    {
      name: 'the one on the fuller node',
      first: { ...running, readyForS: 9999 },
      second: running,
      ranks: [2, 1],
    },
    {
      name: 'the one that is ready since lately',
      first: { ...running, readyForS: 60 },
      second: { ...running, readyForS: 100 },
    },
    {
      name: 'the one ready since nobody knows when',
      first: { ...running, readyForS: 'no time' },
      second: running,
    },
    {
      name: 'of about the same time ready, the lower UID',
      first: { ...running, readyForS: 120, name: 'a' },
      second: { ...running, readyForS: 100, name: 'b', restarts: 9 },
    },
    {
      name: 'the one with more restarts',
      first: { ...running, restarts: 2 },
      second: { ...running, restarts: 1 },
    },
    {
      name: 'the one with more restarts of a sidecar',
      first: { ...running, restarts: 1, sidecarRestarts: 3 },
      second: { ...running, restarts: 1, sidecarRestarts: 2 },
    },
    { name: 'the younger one', first: { ...running, ageS: 4000 }, second: running },
    {
      name: 'of about the same age, the lower UID',
      first: { ...running, ageS: 7201, name: 'a' },
      second: { ...running, name: 'b' },
    },
    {
      name: 'the one from the future',
      first: { ...running, ageS: -60, name: 'z' },
      second: { ...running, ageS: 1, name: 'a' },
    },
  ] as readonly { name: string; first: Facts; second: Facts; ranks?: readonly [number, number] }[])(
    '$name',
    ({ first, second, ranks = [0, 0] }) => {
      const a = { pod: pod(first), rank: ranks[0] };
      const b = { pod: pod(second), rank: ranks[1] };
      expect(compareForDeletion(a, b, nowMs)).toBeLessThan(0);
      expect(compareForDeletion(b, a, nowMs)).toBeGreaterThan(0);
    },
  );

  it('is not told where nothing tells them apart', () => {
    const twin = { pod: pod(running), rank: 0 };
    expect(compareForDeletion(twin, { pod: pod(running), rank: 0 }, nowMs)).toBe(0);
  });
});

describe('the cost of a deletion', () => {
  it.each([
    ['10', 10],
    ['-10', -10],
    ['0', 0],
    ['2147483647', 2147483647],
    ['-2147483648', -2147483648],
    ['2147483648', 0],
    ['+1', 0],
    ['01', 0],
    ['1.5', 0],
    ['cheap', 0],
    ['', 0],
  ])('%j is %d', (cost, want) => {
    expect(deletionCost(pod({ cost }))).toBe(want);
  });
});

describe('choosing pods to delete', () => {
  const names = (pods: readonly Pod[]) => pods.map(({ metadata }) => metadata.name);

  it('takes those of crowded nodes first, counting the pods of related sets', () => {
    const pods = [pod({ ...running, name: 'alone' }), pod({ ...running, name: 'crowded', node: 'm' })];
    const related = [...pods, pod({ ...running, name: 'sibling', node: 'm' })];
    expect(names(podsToDelete({ pods, related, count: 1, nowMs }))).toEqual(['crowded']);
  });

  it('follows the order of Kubernetes', () => {
    const pods = [
      pod({ ...running, name: 'F', node: 'f' }),
      pod({ ...running, name: 'E', node: 'm' }),
      pod({ ...running, name: 'D', cost: '-5' }),
      pod({ name: 'C', node: 'n', phase: 'Running' }),
      pod({ name: 'B', node: 'n', phase: 'Pending' }),
      pod({ name: 'A' }),
    ];
    const related = [...pods, pod({ ...running, node: 'm' }), pod({ ...running, node: 'm' })];
    expect(names(podsToDelete({ pods, related, count: 3, nowMs }))).toEqual(['A', 'B', 'C']);
    expect(names(podsToDelete({ pods, related, count: 5, nowMs }))).toEqual(['A', 'B', 'C', 'D', 'E']);
  });

  const factsOf = fc.record(
    {
      node: fc.constantFrom('', 'n', 'm'),
      phase: fc.constantFrom<PodPhase>('Pending', 'Unknown', 'Running'),
      readyForS: fc.oneof(fc.integer({ min: -10, max: 5000 }), fc.constant('no time' as const)),
      cost: fc.constantFrom('1', '-1', 'x'),
      restarts: fc.nat(2),
      ageS: fc.integer({ min: -10, max: 9000 }),
    },
    { requiredKeys: [] },
  );

  it('never throws, never chooses twice, and answers each pair the other way round when it is swapped', () => {
    fc.assert(
      fc.property(fc.array(factsOf, { maxLength: 30 }), fc.nat(35), (all, count) => {
        const pods = all.map((facts, i) => pod({ ...facts, name: `p${i}` }));
        const chosen = podsToDelete({ pods, related: pods, count, nowMs });
        expect(new Set(chosen).size).toBe(Math.min(count, pods.length));
        for (const a of pods) {
          for (const b of pods) {
            const there = compareForDeletion({ pod: a, rank: 0 }, { pod: b, rank: 0 }, nowMs);
            const back = compareForDeletion({ pod: b, rank: 0 }, { pod: a, rank: 0 }, nowMs);
            expect(Math.sign(there) + Math.sign(back)).toBe(0);
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  it('never deletes a pod that is ready while it leaves one that is not', () => {
    fc.assert(
      fc.property(fc.array(factsOf, { maxLength: 30 }), fc.nat(29), (all, count) => {
        const pods = all.map((facts, i) => pod({ ...facts, node: 'n', phase: 'Running', name: `p${i}` }));
        const chosen = podsToDelete({ pods, related: [], count, nowMs });
        const isReady = ({ status }: Pod) => status?.conditions !== undefined;
        const left = pods.filter((one) => !chosen.includes(one));
        if (chosen.some(isReady)) expect(left.every(isReady)).toBe(true);
      }),
    );
  });
});
