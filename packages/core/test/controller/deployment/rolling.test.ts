import { describe, expect, it } from 'vitest';
import { DeploymentWorld } from './deployment-world.ts';

describe('a new Deployment', () => {
  it('makes a ReplicaSet, says so, and is complete when its pods are available', async () => {
    await using world = await DeploymentWorld.start();
    await world.create({ replicas: 3 });
    expect(await world.sizes()).toEqual({ 'web:1': 3 });
    await world.pass(5);
    const { metadata, status } = await world.deployment();
    expect(metadata.annotations).toEqual({ 'deployment.kubernetes.io/revision': '1' });
    expect(status).toMatchObject({
      observedGeneration: 1,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      unavailableReplicas: 0,
      terminatingReplicas: 0,
    });
    expect(await world.condition('Progressing')).toMatchObject({
      status: 'True',
      reason: 'NewReplicaSetAvailable',
    });
    expect(await world.events()).toEqual(['ScalingReplicaSet: Scaled up replica set web:1 from 0 to 3']);
    expect(world.facts('deployment.rolled-out')).toEqual([{ revision: 1 }]);
  });
});
