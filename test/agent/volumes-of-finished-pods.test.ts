import { createCluster, createMemoryStore } from '@mooring/core';
import { MemoryDisk, memoryVolumes, TestClock } from '@mooring/core/testing';
import { exits, fakeRuntime, runsForever } from '@mooring/runtime-fake';
import { describe, expect, it } from 'vitest';

async function rig() {
  const clock = new TestClock();
  const disk = new MemoryDisk();
  const volumes = memoryVolumes(disk);
  const fake = fakeRuntime({ images: { ends: { run: exits(0) }, stays: { run: runsForever } }, files: disk });
  const store = createMemoryStore();
  const cluster = await createCluster({ plugins: [fake], clock, store, volumes: () => volumes });
  const kept = async () => (await volumes.list(new AbortController().signal)).length;
  const apply = (name: string, image: string) =>
    cluster.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: {
        restartPolicy: 'Never',
        containers: [{ name: 'main', image, volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
        volumes: [{ name: 'data', emptyDir: {} }],
      },
    } as never);
  return { clock, cluster, kept, apply };
}

describe('the volumes of a pod', () => {
  it('go when it has ended for good, before anybody deletes it', async () => {
    const { clock, cluster, kept, apply } = await rig();
    await apply('ends', 'ends');
    await clock.advanceBy(5000);
    expect((await cluster.get('Pod', 'default', 'ends'))?.status?.phase).toBe('Succeeded');
    expect(await kept()).toBe(0);
    await cluster.detach();
  });

  it('stay while it runs, and over a clean stop of its agent', async () => {
    const { clock, cluster, kept, apply } = await rig();
    await apply('stays', 'stays');
    await clock.advanceBy(5000);
    expect(await kept()).toBe(1);
    const closing = cluster.close();
    await clock.advanceBy(60_000);
    await closing;
    expect(await kept()).toBe(1);
  });
});
