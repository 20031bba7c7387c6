import { describe, expect, it } from 'vitest';
import { fc } from '../../../../../test/support/fast-check.ts';
import type { IntOrPercent } from '../../../src/api/workloads.ts';
import { fencepostsOf } from '../../../src/controller/deployment/fenceposts.ts';
import { resizesOfNew, resizesOfOld } from '../../../src/controller/deployment/rolling-update.ts';
import type { Resize, Rollout } from '../../../src/controller/deployment/rollout.ts';
import { deployment, type ReplicaSetOptions, replicaSet } from './builders.ts';

interface Sizes {
  readonly replicas: number;
  readonly maxSurge?: IntOrPercent;
  readonly maxUnavailable?: IntOrPercent;
  readonly fresh: ReplicaSetOptions;
  /** Oldest first. */
  readonly old: readonly ReplicaSetOptions[];
}

function rolloutOf({ replicas, maxSurge = '25%', maxUnavailable = '25%', fresh, old }: Sizes): Rollout {
  return {
    deployment: deployment({ replicas, strategy: { rollingUpdate: { maxSurge, maxUnavailable } } }),
    newReplicaSet: replicaSet({ name: 'new', createdAt: 100, ...fresh }),
    // Not in the order of their age: whoever needs it has to sort.
    oldReplicaSets: old.map((one, i) => replicaSet({ name: `old-${i}`, createdAt: i, ...one })).reverse(),
  };
}

function sizes(plan: readonly Resize[]): Record<string, number> {
  return Object.fromEntries(plan.map(({ replicaSet: { metadata }, replicas }) => [metadata.name, replicas]));
}

describe('the new ReplicaSet', () => {
  it.each<[string, Sizes, number | undefined]>([
    ['grows by the surge', { replicas: 15, fresh: { replicas: 0 }, old: [{ replicas: 15 }] }, 4],
    [
      'grows into what old ones gave up',
      { replicas: 15, fresh: { replicas: 4 }, old: [{ replicas: 12 }] },
      7,
    ],
    [
      'stays when there is no room',
      { replicas: 15, fresh: { replicas: 4 }, old: [{ replicas: 15 }] },
      undefined,
    ],
    [
      'stays when there are too many',
      { replicas: 4, fresh: { replicas: 1 }, old: [{ replicas: 9 }] },
      undefined,
    ],
    ['never exceeds what is wanted', { replicas: 10, fresh: { replicas: 9 }, old: [{ replicas: 0 }] }, 10],
    ['shrinks to what is wanted', { replicas: 3, fresh: { replicas: 5 }, old: [] }, 3],
    ['stays at its size', { replicas: 3, fresh: { replicas: 3 }, old: [{ replicas: 1 }] }, undefined],
  ])('%s', (_, given, want) => {
    expect(resizesOfNew(rolloutOf(given))[0]?.replicas).toBe(want);
  });
});

describe('old ReplicaSets', () => {
  it.each<[string, Sizes, Record<string, number>]>([
    [
      'shrink by what may be unavailable',
      { replicas: 15, fresh: { replicas: 4, available: 0 }, old: [{ replicas: 15 }] },
      { 'old-0': 12 },
    ],
    [
      'wait for new pods to become available',
      { replicas: 15, fresh: { replicas: 7, available: 0 }, old: [{ replicas: 12 }] },
      {},
    ],
    [
      'shrink from the oldest on',
      { replicas: 10, maxUnavailable: 4, fresh: { replicas: 2 }, old: [{ replicas: 3 }, { replicas: 5 }] },
      { 'old-0': 0, 'old-1': 4 },
    ],
    [
      'lose their pods that are not available first',
      {
        replicas: 10,
        maxUnavailable: 0,
        maxSurge: 3,
        fresh: { replicas: 0 },
        old: [{ replicas: 10 }, { replicas: 3, available: 0 }],
      },
      { 'old-1': 0 },
    ],
    [
      'lose no more of them than is safe',
      {
        replicas: 10,
        maxUnavailable: 2,
        fresh: { replicas: 3, available: 1 },
        old: [{ replicas: 4, available: 0 }, { replicas: 6 }],
      },
      { 'old-0': 1 },
    ],
    [
      'count only the pods that will stay: a report from before they were scaled down is too high',
      {
        replicas: 10,
        maxUnavailable: 1,
        maxSurge: 3,
        fresh: { replicas: 3, available: 0 },
        old: [
          { replicas: 8, available: 10 },
          { replicas: 2, available: 0 },
        ],
      },
      { 'old-1': 1 },
    ],
    [
      'go when nothing is wanted',
      { replicas: 0, fresh: { replicas: 0 }, old: [{ replicas: 2 }] },
      { 'old-0': 0 },
    ],
  ])('%s', (_, given, want) => {
    expect(sizes(resizesOfOld(rolloutOf(given)))).toEqual(want);
  });
});

describe('a step of a rolling update', () => {
  const sizedSet = fc
    .nat(12)
    .chain((replicas) => fc.record({ replicas: fc.constant(replicas), available: fc.nat(replicas) }));
  const post = fc.oneof(
    fc.nat(6),
    fc.nat(100).map((percent) => `${percent}%`),
  );
  const given: fc.Arbitrary<Sizes> = fc.record({
    replicas: fc.nat(12),
    maxSurge: post,
    maxUnavailable: post,
    fresh: sizedSet,
    old: fc.array(sizedSet, { maxLength: 4 }),
  });
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

  it('never wants more pods than the surge allows, unless there were more before', () => {
    fc.assert(
      fc.property(given, (sizesGiven) => {
        const rollout = rolloutOf(sizesGiven);
        const before = sum(
          [rollout.newReplicaSet, ...rollout.oldReplicaSets].map((one) => one?.spec.replicas ?? 0),
        );
        const [resize] = resizesOfNew(rollout);
        const grown = resize === undefined ? 0 : resize.replicas - (resize.replicaSet.spec.replicas ?? 0);
        const max = sizesGiven.replicas + fencepostsOf(rollout.deployment).maxSurge;
        expect(before + grown).toBeLessThanOrEqual(Math.max(max, before));
      }),
    );
  });

  it('takes no available pod below the least that must be', () => {
    fc.assert(
      fc.property(given, (sizesGiven) => {
        const rollout = rolloutOf(sizesGiven);
        const min = sizesGiven.replicas - fencepostsOf(rollout.deployment).maxUnavailable;
        const after = sizes(resizesOfOld(rollout));
        // In the worst case those that go are available.
        const left = rollout.oldReplicaSets.map(({ metadata, spec, status }) =>
          Math.min(status?.availableReplicas ?? 0, after[metadata.name] ?? spec.replicas ?? 0),
        );
        const before = sum(
          [...rollout.oldReplicaSets, rollout.newReplicaSet].map(
            (one) => one?.status?.availableReplicas ?? 0,
          ),
        );
        const available = sum(left) + (rollout.newReplicaSet?.status?.availableReplicas ?? 0);
        expect(available).toBeGreaterThanOrEqual(Math.min(min, before));
      }),
    );
  });

  it('leads to the end when every pod becomes available, in a bounded number of steps', () => {
    fc.assert(
      fc.property(given, (sizesGiven) => {
        let rollout = rolloutOf(sizesGiven);
        const stepsMax =
          2 *
            (sizesGiven.replicas +
              sum([...sizesGiven.old, sizesGiven.fresh].map(({ replicas = 0 }) => replicas))) +
          2;
        for (let step = 0; step < stepsMax; step += 1) {
          const up = resizesOfNew(rollout);
          const plan = sizes(up.length > 0 ? up : resizesOfOld(rollout));
          rollout = afterwards(rollout, plan);
        }
        expect(rollout.newReplicaSet?.spec.replicas).toBe(sizesGiven.replicas);
        expect(rollout.oldReplicaSets.map(({ spec }) => spec.replicas)).toEqual(sizesGiven.old.map(() => 0));
      }),
    );
  });

  /** The ReplicaSets have done what they were told, and all new pods are available; sick old ones stay sick. */
  function afterwards(rollout: Rollout, plan: Record<string, number>): Rollout {
    const { newReplicaSet, oldReplicaSets } = rollout;
    const resized = (one: Rollout['oldReplicaSets'][number], isNew: boolean) => {
      const replicas = plan[one.metadata.name] ?? one.spec.replicas ?? 0;
      const availableReplicas = isNew ? replicas : Math.min(replicas, one.status?.availableReplicas ?? 0);
      return {
        ...one,
        spec: { ...one.spec, replicas },
        status: { ...one.status, replicas, availableReplicas },
      };
    };
    return {
      ...rollout,
      newReplicaSet: newReplicaSet && resized(newReplicaSet, true),
      oldReplicaSets: oldReplicaSets.map((one) => resized(one, false)),
    };
  }
});
