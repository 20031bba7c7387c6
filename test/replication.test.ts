/** ReplicaSet and ReplicationController of the seed in a whole cluster: scheduler, agents and controllers in virtual time. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cluster, createCluster, parseManifest, type StoredPod } from '@mooring/core';
import { memoryVolumes, TestClock } from '@mooring/core/testing';
import { fakeRuntime, runsForever } from '@mooring/runtime-fake';
import { describe, expect, test } from 'vitest';

const seed = join(import.meta.dirname, '../examples/seed');
const [replicaSet, replicationController] = ['ReplicaSet/my-app-rs', 'ReplicationController/my-app-rc'];

/** `isRefused`: the runtimes refuse all pods while it says so. */
async function scene(isRefused: () => boolean = () => false) {
  const clock = new TestClock();
  const field = 'spec.containers[0].image';
  const refusal = { severity: 'refuse', field, message: 'not on this machine' } as const;
  const fake = fakeRuntime({
    images: { '*': { run: runsForever } },
    review: () => (isRefused() ? [refusal] : []),
  });
  const cluster = await createCluster({
    plugins: [fake],
    nodes: [{ name: 'node-a' }, { name: 'node-b' }],
    clock,
    volumes: () => memoryVolumes(),
  });
  for (const file of ['replicaset.yaml', 'replicationcontroller.yaml']) {
    const { objects } = parseManifest(await readFile(join(seed, file), 'utf8'), { file });
    await cluster.apply(objects.map(({ object }) => object));
  }
  await clock.advanceBy(10_000);
  return { clock, fake, cluster, [Symbol.asyncDispose]: () => cluster.detach() };
}

async function podsOf(cluster: Cluster, owner: string): Promise<readonly StoredPod[]> {
  return (await cluster.list('Pod')).filter(
    ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined &&
      status?.phase === 'Running' &&
      metadata.ownerReferences?.some(({ kind, name }) => `${kind}/${name}` === owner),
  );
}

const namesOf = (pods: readonly StoredPod[]) => pods.map(({ metadata }) => metadata.name);

describe('the ReplicaSet and the ReplicationController of the seed', () => {
  test('run three pods each on both nodes, and say that they are available', async () => {
    await using stage = await scene();
    const { cluster } = stage;
    for (const owner of [replicaSet, replicationController]) {
      const pods = await podsOf(cluster, owner);
      expect(pods).toHaveLength(3);
      const [kind, name] = owner.split('/') as ['ReplicaSet', string];
      const status = { replicas: 3, fullyLabeledReplicas: 3, readyReplicas: 3, availableReplicas: 3 };
      expect(await cluster.get(kind, 'default', name)).toMatchObject({ status });
      await cluster.waitFor(`${kind}/default/${name}`, 'Available');
    }
    const nodes = (await cluster.list('Pod')).map(({ spec }) => spec.nodeName);
    expect(new Set(nodes)).toEqual(new Set(['node-a', 'node-b']));
  });

  test('replace what is deleted, and nothing of the other', async () => {
    await using stage = await scene();
    const { cluster, clock } = stage;
    const [victim = '', ...survivors] = namesOf(await podsOf(cluster, replicationController));
    const others = namesOf(await podsOf(cluster, replicaSet));
    await cluster.delete('Pod', 'default', victim);
    await clock.advanceBy(60_000);
    const now = namesOf(await podsOf(cluster, replicationController));
    expect(now).toHaveLength(3);
    expect(now).toEqual(expect.arrayContaining(survivors));
    expect(now).not.toContain(victim);
    expect(namesOf(await podsOf(cluster, replicaSet))).toEqual(others);
  });

  test('let go of a pod that is relabelled, and follow their size up and down', async () => {
    await using stage = await scene();
    const { cluster, clock } = stage;
    const [debugged = ''] = namesOf(await podsOf(cluster, replicaSet));
    await cluster.patch(`Pod/default/${debugged}`, { metadata: { labels: { env: 'debug', app: 'debug' } } });
    await cluster.scale('ReplicaSet/default/my-app-rs', 5, { currentReplicas: 3 });
    await clock.advanceBy(10_000);
    expect(await podsOf(cluster, replicaSet)).toHaveLength(5);
    expect(namesOf(await podsOf(cluster, replicaSet))).not.toContain(debugged);
    await cluster.scale('ReplicaSet/default/my-app-rs', 0);
    await clock.advanceBy(60_000);
    expect(await podsOf(cluster, replicaSet)).toEqual([]);
    expect((await cluster.get('Pod', 'default', debugged))?.status?.phase).toBe('Running');
    expect(await podsOf(cluster, replicationController)).toHaveLength(3);
  });

  test('are not made anew by the thousand when the nodes refuse them', async () => {
    let isRefused = true;
    await using stage = await scene(() => isRefused);
    const { cluster, clock } = stage;
    await clock.advanceBy(1_200_000);
    const failed = (await cluster.list('Pod')).filter(({ status }) => status?.phase === 'Failed');
    expect(failed).toHaveLength(20);
    const events = await cluster.events('ReplicaSet/default/my-app-rs');
    const made = events.filter(({ reason }) => reason === 'SuccessfulCreate');
    // Three at a time: twice at once, then after 1 s, 2 s, 4 s... 256 s, then every 5 minutes.
    expect(made.reduce((sum, { count }) => sum + count, 0)).toBeLessThan(3 * 15);
    const set = await cluster.get('ReplicaSet', 'default', 'my-app-rs');
    expect(set?.status?.conditions?.[0]).toMatchObject({
      type: 'PodsFailing',
      reason: 'FailedBeforeReady',
      message: expect.stringContaining('UnsupportedByRuntime: Pod was rejected: '),
    });
    isRefused = false;
    await clock.advanceBy(301_000);
    expect(await podsOf(cluster, replicaSet)).toHaveLength(3);
    expect((await cluster.get('ReplicaSet', 'default', 'my-app-rs'))?.status).not.toHaveProperty(
      'conditions',
    );
  });
});
