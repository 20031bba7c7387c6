import { describe, expect, it } from 'vitest';
import {
  replicaSetController,
  replicationControllerController,
} from '../../../src/controller/replication/pod-set-controllers.ts';
import { ControllerRig } from '../controller-rig.ts';
import { podLife, replicaSet } from './sets.ts';

describe('a ReplicaSet', () => {
  it('gets as many pods as it wants', async () => {
    await using rig = new ControllerRig();
    const life = podLife(rig);
    await rig.start(replicaSetController(), replicationControllerController());
    await rig.create(replicaSet({ replicas: 3 }));
    expect(await life.active('ReplicaSet/web')).toHaveLength(3);
  });
});
