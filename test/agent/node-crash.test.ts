import { createCluster, type Pod } from '@mooring/core';
import { MemoryDisk, memoryVolumes, SeededRandom, TestClock } from '@mooring/core/testing';
import { fakeRuntime } from '@mooring/runtime-fake';
import { expect, it } from 'vitest';

it('a node that crashes says nothing, runs nothing, and comes back to what is wanted of it', async () => {
  const clock = new TestClock();
  const disk = new MemoryDisk();
  const cluster = await createCluster({
    plugins: [fakeRuntime({ files: disk })],
    nodes: [{ name: 'node-a' }, { name: 'node-b' }],
    clock,
    random: new SeededRandom('crash'),
    volumes: () => memoryVolumes(disk),
  });
  const spec = { nodeName: 'node-a', containers: [{ name: 'main', image: 'anything' }] };
  const web: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec };
  await cluster.apply(web);
  const pod = async () => await cluster.get('Pod', 'default', 'web');
  const isReady = async () => (await pod())?.status?.containerStatuses?.[0]?.ready === true;
  expect(await clock.advanceUntil(isReady, 60_000)).toBe(true);
  const before = await pod();

  await cluster.crashNode('node-a');
  await clock.advanceBy(30_000);
  expect((await pod())?.status?.containerStatuses).toEqual(before?.status?.containerStatuses);
  const uid = before?.metadata.uid;
  await expect(cluster.actor(`pod/${uid}`).snapshot()).rejects.toMatchObject({ code: 'NO_SUCH_ACTOR' });

  await cluster.restartNode('node-a');
  await expect(cluster.restartNode('node-a')).rejects.toMatchObject({ code: 'INVALID' });
  const isRestarted = async () => (await pod())?.status?.containerStatuses?.[0]?.restartCount === 1;
  expect(await clock.advanceUntil(isRestarted, 60_000)).toBe(true);
  expect(await clock.advanceUntil(isReady, 60_000)).toBe(true);
  await expect(cluster.crashNode('node-x')).rejects.toMatchObject({ code: 'NOT_FOUND' });

  const closing = cluster.close();
  await clock.advanceBy(120_000);
  await closing;
});
