import { describe, expect, it } from 'vitest';
import type { DeploymentStatus } from '../../../src/api/workloads.ts';
import { deploymentStatus, isComplete } from '../../../src/controller/deployment/status.ts';
import { conditionOf } from '../../../src/controller/replication/workload-conditions.ts';
import { deployment, replicaSet, startMs } from './builders.ts';

describe('the status of a Deployment', () => {
  it('sums up what its ReplicaSets report', () => {
    const status = deploymentStatus(
      {
        deployment: deployment({ replicas: 5, generation: 3, status: { collisionCount: 2 } }),
        newReplicaSet: replicaSet({ replicas: 2, available: 1, status: { terminatingReplicas: 1 } }),
        oldReplicaSets: [
          replicaSet({
            replicas: 4,
            available: 3,
            status: { replicas: 5, readyReplicas: 4, terminatingReplicas: 2 },
          }),
          replicaSet({ replicas: 0 }),
        ],
      },
      startMs,
    );
    expect(status).toMatchObject({
      observedGeneration: 3,
      replicas: 7,
      updatedReplicas: 2,
      readyReplicas: 5,
      availableReplicas: 4,
      unavailableReplicas: 2,
      terminatingReplicas: 3,
      collisionCount: 2,
    });
  });

  it('never reports fewer than no unavailable pods', () => {
    const newReplicaSet = replicaSet({ replicas: 1, available: 1, status: { availableReplicas: 3 } });
    const rollout = { deployment: deployment(), newReplicaSet, oldReplicaSets: [] };
    expect(deploymentStatus(rollout, startMs).unavailableReplicas).toBe(0);
  });

  it.each([
    [4, 3, 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.'],
    [4, 2, 'False', 'MinimumReplicasUnavailable', 'Deployment does not have minimum availability.'],
    [1, 0, 'False', 'MinimumReplicasUnavailable', 'Deployment does not have minimum availability.'],
    [0, 0, 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.'],
  ])('of %d replicas with %d available: Available is %s', (replicas, available, status, reason, message) => {
    const newReplicaSet = replicaSet({ replicas, available });
    const rollout = { deployment: deployment({ replicas }), newReplicaSet, oldReplicaSets: [] };
    const { conditions } = deploymentStatus(rollout, startMs);
    expect(conditionOf(conditions, 'Available')).toMatchObject({ status, reason, message });
  });

  it('says since when something is missing, whatever the reason', () => {
    const at = (available: number, seconds: number, status?: DeploymentStatus) => {
      const newReplicaSet = replicaSet({ replicas: 4, available });
      const owner = deployment({ replicas: 4, ...(status && { status }) });
      return deploymentStatus(
        { deployment: owner, newReplicaSet, oldReplicaSets: [] },
        startMs + seconds * 1000,
      );
    };
    const asDesired = (status: DeploymentStatus) => {
      const { status: is, lastTransitionTime = '' } = conditionOf(status.conditions, 'AsDesired') ?? {};
      return `${is} since ${lastTransitionTime.slice(14, 19)}`;
    };
    const first = at(4, 0);
    const broken = at(3, 10, first);
    const worse = at(1, 20, broken);
    const mended = at(4, 30, worse);
    expect([first, broken, worse, mended].map(asDesired)).toEqual([
      'True since 00:00',
      'False since 00:10',
      'False since 00:10',
      'True since 00:30',
    ]);
  });

  it('is complete only for the generation that was seen', () => {
    const counts = { replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
    const owner = deployment({ replicas: 2, generation: 5 });
    expect(isComplete(owner, { ...counts, observedGeneration: 4 })).toBe(false);
    expect(isComplete(owner, { ...counts, observedGeneration: 5 })).toBe(true);
  });
});
