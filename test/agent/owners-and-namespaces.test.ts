import { type ApiObject, createControllers, type PropagationPolicy } from '@mooring/core';
import { SeededRandom } from '@mooring/core/testing';
import { ignoresStop } from '@mooring/runtime-fake';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type AgentRig, agentRig, podOf } from './support/agent-rig.ts';

/** Two pods of the node of the rig. */
function setOf(kind: 'ReplicaSet' | 'ReplicationController', namespace = 'default'): ApiObject {
  const labels = { app: 'web' };
  const template = {
    metadata: { labels },
    spec: { nodeName: 'node-a', containers: [{ name: 'main', image: 'app' }] },
  };
  const selector = kind === 'ReplicaSet' ? { matchLabels: labels } : labels;
  return {
    apiVersion: kind === 'ReplicaSet' ? 'apps/v1' : 'v1',
    kind,
    metadata: { name: 'web', namespace },
    ...{ spec: { replicas: 2, selector, template } },
  };
}

const shop: ApiObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };

async function withSet(kind: 'ReplicaSet' | 'ReplicationController', namespace?: string): Promise<AgentRig> {
  const random = new SeededRandom('owners');
  const rig = await agentRig({ images: { app: { run: ignoresStop } }, next: () => random.next() });
  const { clock, store } = rig;
  const controllers = await createControllers({ plugins: [], clock, random, store });
  onTestFinished(() => controllers.detach());
  await rig.cluster.apply(namespace === undefined ? [] : [shop]);
  await rig.cluster.apply(setOf(kind, namespace));
  await rig.pass(10_000);
  expect(rig.running).toHaveLength(2);
  return rig;
}

describe('deleting a set with its pods', () => {
  test.each(['ReplicaSet', 'ReplicationController'] as const)('a %s takes them with it', async (kind) => {
    await using rig = await withSet(kind);
    await rig.cluster.delete(kind, 'default', 'web');
    await rig.pass(60_000);
    expect(rig.running).toEqual([]);
    expect(await rig.cluster.list('Pod')).toEqual([]);
  });

  test.each<[PropagationPolicy, number]>([
    ['Foreground', 0],
    ['Orphan', 2],
  ])('%s leaves %i of them', async (propagationPolicy, pods) => {
    await using rig = await withSet('ReplicaSet');
    await rig.cluster.delete('ReplicaSet', 'default', 'web', { propagationPolicy });
    await rig.pass(60_000);
    expect(rig.running).toHaveLength(pods);
    expect(await rig.cluster.list('Pod')).toHaveLength(pods);
    expect(await rig.cluster.get('ReplicaSet', undefined, 'web')).toBeUndefined();
  });
});

describe('deleting a namespace', () => {
  test('ends its pods, then everything else in it, then itself; nothing new comes in meanwhile', async () => {
    await using rig = await withSet('ReplicaSet', 'shop');
    await rig.cluster.delete('Namespace', undefined, 'shop');
    await rig.pass(0);
    expect((await rig.cluster.get('Namespace', undefined, 'shop'))?.status?.phase).toBe('Terminating');
    const late = { ...podOf({}, 'late'), metadata: { name: 'late', namespace: 'shop' } };
    await expect(rig.cluster.apply(late)).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message:
        'pods "late" is forbidden: unable to create new content in namespace shop because it is being terminated',
    });
    await rig.pass(60_000);
    expect(rig.running).toEqual([]);
    for (const kind of ['Namespace', 'ReplicaSet', 'Pod', 'Event'])
      expect((await rig.cluster.list(kind)).filter(({ metadata }) => metadata.namespace === 'shop')).toEqual(
        [],
      );
    expect(await rig.cluster.get('Namespace', undefined, 'shop')).toBeUndefined();
    await rig.cluster.apply(late);
    await rig.pass(10_000);
    expect(rig.running).toEqual(['late/main#0']);
  });

  test('is refused for the one that everything is in by default', async () => {
    await using rig = await agentRig();
    await rig.cluster.apply({ ...shop, metadata: { name: 'default' } });
    await expect(rig.cluster.delete('Namespace', undefined, 'default')).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  });
});
