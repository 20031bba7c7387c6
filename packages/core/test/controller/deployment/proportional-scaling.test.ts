import { describe, expect, it } from 'vitest';
import { fc } from '../../../../../test/support/fast-check.ts';
import {
  isSaturated,
  isScalingEvent,
  scaledSizes,
} from '../../../src/controller/deployment/proportional-scaling.ts';
import { withSizes } from '../../../src/controller/deployment/revision.ts';
import type { Rollout } from '../../../src/controller/deployment/rollout.ts';
import { deployment, type ReplicaSetOptions, replicaSet, scaledAt } from './builders.ts';

interface Given {
  readonly spec?: Parameters<typeof deployment>[0];
  readonly fresh?: ReplicaSetOptions;
  readonly old?: readonly ReplicaSetOptions[];
}

function rolloutOf({ spec = {}, fresh, old = [] }: Given): Rollout {
  return {
    deployment: deployment(spec),
    newReplicaSet: fresh && replicaSet({ name: 'new', createdAt: 100, ...fresh }),
    oldReplicaSets: old.map((one, i) => replicaSet({ name: `old-${i}`, createdAt: i, ...one })),
  };
}

function sizes(rollout: Rollout): Record<string, number> {
  const plan = scaledSizes(rollout);
  return Object.fromEntries(plan.map(({ replicaSet: { metadata }, replicas }) => [metadata.name, replicas]));
}

describe('a scaling event', () => {
  it.each<[string, Given, boolean]>([
    ['is another size', { spec: { replicas: 5 }, fresh: { replicas: 3, annotations: scaledAt(3, 4) } }, true],
    [
      'is none at the same size',
      { spec: { replicas: 3 }, fresh: { replicas: 3, annotations: scaledAt(3, 4) } },
      false,
    ],
    ['is none without the annotation', { spec: { replicas: 5 }, fresh: { replicas: 3 } }, false],
    [
      'does not concern an empty ReplicaSet',
      { spec: { replicas: 5 }, fresh: { replicas: 0, annotations: scaledAt(3, 4) } },
      false,
    ],
  ])('%s', (_, given, want) => {
    expect(isScalingEvent(rolloutOf(given))).toBe(want);
  });
});

describe('scaling', () => {
  const rollingUpdate = { maxSurge: 3, maxUnavailable: 2 };
  it.each<[string, Given, Record<string, number>]>([
    [
      'gives the only active one the whole size',
      { spec: { replicas: 7 }, fresh: { replicas: 0 }, old: [{ replicas: 3 }, { replicas: 0 }] },
      { 'old-0': 7 },
    ],
    [
      'gives the newest one the whole size when none is active',
      { spec: { replicas: 7 }, old: [{ replicas: 0 }, { replicas: 0 }] },
      { 'old-1': 7 },
    ],
    [
      'keeps shares between old and new',
      {
        spec: { replicas: 20, strategy: { rollingUpdate } },
        fresh: { replicas: 5, annotations: scaledAt(10, 13) },
        old: [{ replicas: 8, annotations: scaledAt(10, 13) }],
      },
      { new: 9, 'old-0': 14 },
    ],
    [
      'takes everything when nothing is wanted',
      {
        spec: { replicas: 0, strategy: { rollingUpdate } },
        fresh: { replicas: 5, annotations: scaledAt(10, 13) },
        old: [{ replicas: 8, annotations: scaledAt(10, 13) }],
      },
      { new: 0, 'old-0': 0 },
    ],
    [
      'empties old ones beside a new one that is complete',
      {
        spec: { replicas: 5 },
        fresh: { replicas: 5, annotations: scaledAt(5, 7) },
        old: [{ replicas: 2 }],
      },
      { new: 5, 'old-0': 0 },
    ],
    [
      'takes the size that is reported for the base where the annotation is missing or says 0',
      {
        spec: { replicas: 20, strategy: { rollingUpdate: { maxSurge: 0 } }, status: { replicas: 10 } },
        fresh: { replicas: 4, available: 0 },
        old: [{ replicas: 6, annotations: scaledAt(0, 0) }],
      },
      { new: 8, 'old-0': 12 },
    ],
    [
      'leaves sizes to the strategy Recreate',
      {
        spec: { replicas: 9, strategy: { type: 'Recreate' } },
        fresh: { replicas: 2 },
        old: [{ replicas: 3 }],
      },
      { new: 2, 'old-0': 3 },
    ],
    ['does nothing where there is nothing', { spec: { replicas: 3 } }, {}],
  ])('%s', (_, given, want) => {
    expect(sizes(rolloutOf(given))).toEqual(want);
  });

  it('comes to what is wanted and the surge, in no more looks than there are ReplicaSets, and rests then', () => {
    const set = fc.record({ replicas: fc.integer({ min: 1, max: 30 }), max: fc.nat(60) });
    const given = [fc.nat(60), fc.nat(20), fc.array(set, { minLength: 2, maxLength: 5 })] as const;
    fc.assert(
      fc.property(...given, (replicas, maxSurge, sets) => {
        const old = sets.map(({ max, ...one }) => ({
          ...one,
          available: 0,
          annotations: scaledAt(max, max),
        }));
        const spec = { replicas, strategy: { rollingUpdate: { maxSurge, maxUnavailable: 1 } } };
        let rollout = rolloutOf({ spec, old });
        for (const _ of sets) rollout = afterwards(rollout);
        const after = rollout.oldReplicaSets.map((one) => one.spec.replicas ?? 0);
        const hasShares = replicas > 0 && after.filter((size) => size > 0).length > 1;
        expect(after.every((size) => size >= 0)).toBe(true);
        expect(after.reduce((a, b) => a + b, 0)).toBe(hasShares ? replicas + maxSurge : replicas);
        expect(afterwards(rollout)).toEqual(rollout);
      }),
    );
  });

  /** The sizes and the annotations are written. */
  function afterwards(rollout: Rollout): Rollout {
    const { deployment: owner } = rollout;
    const plan = sizes(rollout);
    return {
      ...rollout,
      oldReplicaSets: rollout.oldReplicaSets.map((one) => {
        const replicas = plan[one.metadata.name];
        if (replicas === undefined) return one;
        const annotations = withSizes(one.metadata.annotations, owner);
        return { ...one, metadata: { ...one.metadata, annotations }, spec: { ...one.spec, replicas } };
      }),
    };
  }
});

describe('a saturated ReplicaSet', () => {
  it.each<[ReplicaSetOptions, boolean]>([
    [{ replicas: 5, annotations: scaledAt(5, 7) }, true],
    [{ replicas: 5, available: 4, annotations: scaledAt(5, 7) }, false],
    [{ replicas: 5, annotations: scaledAt(4, 5) }, false],
    [{ replicas: 4, annotations: scaledAt(5, 7) }, false],
    [{ replicas: 5 }, false],
  ])('%j: %s', (options, want) => {
    expect(isSaturated(deployment({ replicas: 5 }), replicaSet(options))).toBe(want);
  });
});
