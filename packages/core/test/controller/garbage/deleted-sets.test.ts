/** Sets that are deleted, and what becomes of their pods. */

import { describe, expect, it } from 'vitest';
import type { PropagationPolicy } from '../../../src/contract/object-store.ts';
import { garbageController } from '../../../src/controller/garbage/garbage-controller.ts';
import {
  replicaSetController,
  replicationControllerController,
} from '../../../src/controller/replication/pod-set-controllers.ts';
import { ControllerRig } from '../controller-rig.ts';
import { podLife, replicaSet, replicationController } from '../replication/sets.ts';

async function begin() {
  const rig = new ControllerRig();
  await rig.start(replicaSetController(), replicationControllerController(), garbageController());
  return { rig, life: podLife(rig) };
}

const uidsOf = (pods: readonly { readonly metadata: { readonly uid: string } }[]) =>
  pods.map(({ metadata }) => metadata.uid).sort();

describe('a ReplicaSet that is made anew under the same name', () => {
  it('adopts the pods that were orphaned', async () => {
    const { rig, life } = await begin();
    await using _ = rig;
    await rig.create(replicaSet());
    const before = uidsOf(await life.active());
    await rig.objects.delete('ReplicaSet', 'default', 'web', { propagationPolicy: 'Orphan' });
    await rig.settle();
    expect((await life.active()).map(({ metadata }) => metadata.ownerReferences)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    const { metadata } = await rig.create(replicaSet());
    const pods = await life.active('ReplicaSet/web');
    expect(uidsOf(pods)).toEqual(before);
    expect(pods.map((pod) => pod.metadata.ownerReferences?.[0]?.uid)).toEqual([
      metadata.uid,
      metadata.uid,
      metadata.uid,
    ]);
  });

  it('ignores the pods of its predecessor, which are collected', async () => {
    const { rig, life } = await begin();
    await using _ = rig;
    await rig.create(replicaSet());
    await life.readyAll();
    const before = uidsOf(await life.active());
    await rig.objects.delete('ReplicaSet', 'default', 'web');
    const { metadata } = await rig.create(replicaSet());
    const old = (await rig.list('Pod')).filter(({ metadata: { uid } }) => before.includes(uid));
    expect(old).toHaveLength(3);
    for (const pod of old) expect(pod.metadata.deletionGracePeriodSeconds).toBe(30);
    const pods = await life.active();
    expect(pods.map((pod) => pod.metadata.ownerReferences?.[0]?.uid)).toEqual([
      metadata.uid,
      metadata.uid,
      metadata.uid,
    ]);
  });
});

describe('a ReplicationController that is deleted', () => {
  async function deleted(propagationPolicy?: PropagationPolicy) {
    const { rig, life } = await begin();
    await rig.create(replicationController());
    await life.readyAll();
    await rig.objects.delete('ReplicationController', 'default', 'web', { propagationPolicy });
    await rig.settle();
    const set = () => rig.objects.get('ReplicationController', 'default', 'web');
    return { rig, life, set };
  }

  it('without a policy leaves its pods alone, without owners', async () => {
    const { rig, life, set } = await deleted();
    await using _ = rig;
    expect(await set()).toBeUndefined();
    const pods = await life.active();
    expect(pods).toHaveLength(3);
    for (const pod of pods) expect(pod.metadata.ownerReferences).toBeUndefined();
  });

  it('in the background takes its pods with it', async () => {
    const { rig, life, set } = await deleted('Background');
    await using _ = rig;
    expect(await set()).toBeUndefined();
    expect(await life.active()).toEqual([]);
    expect(await rig.list('Pod')).toHaveLength(3);
  });

  it('in the foreground stays until its pods are gone, and makes no new ones meanwhile', async () => {
    const { rig, life, set } = await deleted('Foreground');
    await using _ = rig;
    const pods = await rig.list('Pod');
    expect(pods).toHaveLength(3);
    for (const { metadata } of pods) {
      expect((await set())?.metadata).toMatchObject({
        deletionTimestamp: '2026-01-01T00:00:00Z',
        finalizers: ['foregroundDeletion'],
      });
      await life.delete(metadata.name, 0);
    }
    expect(await set()).toBeUndefined();
    expect(await rig.list('Pod')).toEqual([]);
  });
});
