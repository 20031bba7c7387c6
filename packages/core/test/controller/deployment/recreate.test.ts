import { describe, expect, it } from 'vitest';
import { oldPodsRunning } from '../../../src/controller/deployment/recreate.ts';
import { replicaSet } from './builders.ts';
import { running } from './deployment-world.ts';

const recreate = { strategy: { type: 'Recreate' as const } };

describe('the strategy Recreate', () => {
  it('begins with the new pods when the last old one is gone, terminating ones included', async () => {
    await using world = await running({ replicas: 3, ...recreate }, { endMs: 20_000 });
    await world.change({ image: 'web:2' });
    await world.pass(0);
    expect(await world.sizes()).toEqual({ 'web:1': 0 });
    await world.pass(19);
    expect(await world.sizes()).toEqual({ 'web:1': 0 });
    expect((await world.deployment()).status).toMatchObject({ replicas: 0, terminatingReplicas: 3 });
    await world.pass(1);
    expect(await world.sizes()).toEqual({ 'web:1': 0, 'web:2': 3 });
    await world.pass(5);
    expect(await world.progress()).toBe('NewReplicaSetAvailable');
    expect((await world.events()).slice(1)).toEqual([
      'ScalingReplicaSet: Scaled down replica set web:1 from 3 to 0',
      'ScalingReplicaSet: Scaled up replica set web:2 from 0 to 3',
    ]);
  });

  it('empties all ReplicaSets of a rolling update that it takes over', async () => {
    await using world = await running({ replicas: 4 }, { isBroken: (image) => image === 'web:2' });
    await world.change({ image: 'web:2' });
    await world.pass(5);
    await world.change({ image: 'web:3', ...recreate });
    await world.pass(10);
    expect(await world.sizes()).toEqual({ 'web:1': 0, 'web:2': 0, 'web:3': 4 });
  });

  it('goes on when it was scaled while two ReplicaSets had pods', async () => {
    await using world = await running({ replicas: 4 }, { isBroken: (image) => image === 'web:2' });
    await world.change({ image: 'web:2' });
    await world.pass(5);
    await world.change({ replicas: 6, ...recreate });
    await world.pass(10);
    expect(await world.sizes()).toEqual({ 'web:1': 0, 'web:2': 6 });
  });

  it('grows and shrinks like any other', async () => {
    await using world = await running({ replicas: 2, ...recreate });
    await world.change({ replicas: 5 });
    await world.pass(5);
    expect((await world.pods()).ready).toEqual({ 'web:1': 5 });
    await world.change({ replicas: 1 });
    await world.pass(5);
    expect(await world.pods()).toEqual({ ready: { 'web:1': 1 }, total: 1 });
  });
});

describe('a look after the deletion of a pod', () => {
  it('is made only when the Deployment has no pods left', async () => {
    await using world = await running({ replicas: 0, ...recreate });
    const [replicaSetOfWeb] = await world.rig.list('ReplicaSet');
    expect(replicaSetOfWeb).toBeDefined();
    const [host] = world.rig.hosts;
    const finished = async (name: string) => {
      const { metadata } = replicaSetOfWeb ?? replicaSet();
      const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: metadata.name, uid: metadata.uid };
      await world.rig.create({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: 'default', ownerReferences: [{ ...owner, controller: true }] },
        spec: { containers: [] },
        status: { phase: 'Failed', startTime: '2026-01-01T00:00:00Z' },
      });
    };
    await finished('a');
    await finished('b');
    await world.pass(5);
    const looksAfter = async (name: string) => {
      const before = host?.looks ?? 0;
      await world.rig.objects.delete('Pod', 'default', name);
      await world.pass(0);
      return (host?.looks ?? 0) - before;
    };
    expect([await looksAfter('a'), await looksAfter('b')]).toEqual([0, 1]);
  });
});

describe('old pods', () => {
  it('run as long as a ReplicaSet reports one, or one exists that has not finished', () => {
    const empty = replicaSet({ replicas: 0 });
    const reporting = replicaSet({ replicas: 0, status: { replicas: 1 } });
    expect([oldPodsRunning([empty], []), oldPodsRunning([reporting], [])]).toEqual([false, true]);
  });
});
