import { describe, expect, it } from 'vitest';
import { findReplicaSets } from '../../../src/controller/deployment/find-replica-sets.ts';
import { newReplicaSetFor } from '../../../src/controller/deployment/new-replica-set.ts';
import { templateHash } from '../../../src/controller/deployment/pod-template.ts';
import { rollbackTarget } from '../../../src/controller/deployment/rollback-target.ts';
import { deployment, replicaSet, scaledAt, templateOf } from './builders.ts';

describe('a new ReplicaSet', () => {
  const owner = deployment({ replicas: 10, minReadySeconds: 5, annotations: { cause: 'edit' } });
  const old = replicaSet({ replicas: 10, revision: 4 });
  const hash = templateHash(templateOf('web:1'), undefined);

  it('has the template of its Deployment, a name that follows from it, and as many pods as there is room for', () => {
    const made = newReplicaSetFor({ deployment: owner, newReplicaSet: undefined, oldReplicaSets: [old] });
    const labels = { app: 'web', 'pod-template-hash': hash };
    expect(made).toEqual({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `web-${hash}`,
        namespace: 'default',
        labels,
        annotations: { cause: 'edit', 'deployment.kubernetes.io/revision': '5', ...scaledAt(10, 13) },
        ownerReferences: [
          {
            apiVersion: 'apps/v1',
            kind: 'Deployment',
            name: 'web',
            uid: 'uid-of-web',
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
      },
      spec: {
        replicas: 3,
        minReadySeconds: 5,
        selector: { matchLabels: labels },
        template: { ...templateOf('web:1'), metadata: { labels } },
      },
    });
  });

  it('has another name after a collision, and never one that is too long', () => {
    const none = { newReplicaSet: undefined, oldReplicaSets: [] };
    const collided = { ...owner, status: { collisionCount: 1 } };
    const named = deployment({ name: 'x'.repeat(253) });
    expect(newReplicaSetFor({ deployment: collided, ...none }).metadata.name).not.toBe(`web-${hash}`);
    expect(newReplicaSetFor({ deployment: named, ...none }).metadata.name).toMatch(/^x{242,}-[4-9bcdf]+$/);
    expect(newReplicaSetFor({ deployment: named, ...none }).metadata.name).toHaveLength(253);
  });
});

describe('finding ReplicaSets', () => {
  it('takes the oldest with the same template for the new one, however large it is', () => {
    const owned = [
      replicaSet({ name: 'b', createdAt: 2, replicas: 3 }),
      replicaSet({ name: 'a', createdAt: 1, replicas: 0 }),
      replicaSet({ name: 'c', createdAt: 0, image: 'web:0' }),
    ];
    const { newReplicaSet, oldReplicaSets } = findReplicaSets(deployment(), owned);
    expect(newReplicaSet?.metadata.name).toBe('a');
    expect(oldReplicaSets.map(({ metadata }) => metadata.name)).toEqual(['c', 'b']);
    expect(findReplicaSets(deployment({ image: 'web:9' }), owned).newReplicaSet).toBeUndefined();
  });

  it.each([
    [0, 'r4'],
    [1, 'r1'],
    [4, 'r4'],
    [7, 'r7'],
    [3, undefined],
    [-1, undefined],
  ])('of revision %d', (revision, want) => {
    const [one, four, seven] = [1, 4, 7].map((number) =>
      replicaSet({ name: `r${number}`, revision: number }),
    );
    const oldReplicaSets = [one, four, replicaSet({ name: 'none' })].filter((each) => each !== undefined);
    const rollout = { deployment: deployment(), newReplicaSet: seven, oldReplicaSets };
    expect(rollbackTarget(rollout, BigInt(revision))?.metadata.name).toBe(want);
  });

  it('takes the latest for the one before while the current template has no revision yet', () => {
    const oldReplicaSets = [1, 2].map((number) => replicaSet({ name: `r${number}`, revision: number }));
    const rollout = { deployment: deployment(), newReplicaSet: undefined, oldReplicaSets };
    expect(rollbackTarget(rollout, 0n)?.metadata.name).toBe('r2');
  });

  it('finds no revision before the first', () => {
    const newReplicaSet = replicaSet({ revision: 1 });
    const rollout = { deployment: deployment(), newReplicaSet, oldReplicaSets: [replicaSet({ name: 'x' })] };
    expect(rollbackTarget(rollout, 0n)).toBeUndefined();
  });
});
