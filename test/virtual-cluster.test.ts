import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cluster, createCluster, type Pod } from '@mooring/core';
import { MemoryDisk, memoryVolumes, TestClock } from '@mooring/core/testing';
import { execProbe } from '@mooring/probe-exec';
import {
  exits,
  type FakeImages,
  fakeProbes,
  fakeRuntime,
  ignoresStop,
  runsForever,
} from '@mooring/runtime-fake';
import { describe, expect, test } from 'vitest';

const webImages: FakeImages = {
  web: { run: ({ attempt }) => (attempt === 0 ? exits(1, 5000) : runsForever) },
  stubborn: { run: ignoresStop },
  busybox: {},
};

async function scene(images: FakeImages = webImages) {
  const clock = new TestClock();
  const disk = new MemoryDisk();
  const fake = fakeRuntime({ images, files: disk });
  const options = {
    plugins: [fake, fakeProbes(fake), execProbe()],
    nodes: [{ name: 'node-a' }],
    clock,
    volumes: () => memoryVolumes(disk),
  };
  return { clock, fake, options, cluster: await createCluster(options) };
}

const pod = (image: string, spec: Partial<Pod['spec']> = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'default' },
  spec: { containers: [{ name: 'main', image }], ...spec },
});

const statusOf = async (cluster: Cluster) => (await cluster.get('Pod', 'default', 'web'))?.status;
const restartsOf = async (cluster: Cluster) =>
  (await statusOf(cluster))?.containerStatuses?.[0]?.restartCount;

describe('a cluster in virtual time', () => {
  test('restarts what a script lets crash, and what the test crashes', async () => {
    const { clock, cluster, fake } = await scene();
    await cluster.apply(pod('web'));
    await clock.advanceBy(60_000);
    expect(await restartsOf(cluster)).toBe(1);
    fake.host('node-a').crash('web', 'main', { signal: 'SIGSEGV' });
    await clock.advanceBy(60_000);
    expect(await restartsOf(cluster)).toBe(2);
    expect((await statusOf(cluster))?.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({
      exitCode: 139,
    });
    await cluster.detach();
  });

  test('has the numbers that docs/testing.md counts', async () => {
    const clock = new TestClock();
    const failing = fakeRuntime({ images: { web: { run: exits(1, 1_000) } } });
    const node = { name: 'node-a', crashLoop: { initialMs: 1_000, maxMs: 8_000 } };
    const volumes = () => memoryVolumes();
    const cluster = await createCluster({ plugins: [failing], nodes: [node], clock, volumes });
    await cluster.apply(pod('web'));
    await clock.advanceBy(120_000);
    const page = readFileSync(join(import.meta.dirname, '../docs/testing.md'), 'utf8');
    const [, counted] = /assert\.equal\(status\?\.restartCount, (\d+)\)/.exec(page) ?? [];
    expect(await restartsOf(cluster)).toBe(Number(counted));
    expect((await statusOf(cluster))?.containerStatuses?.[0]?.state?.waiting?.reason).toBe(
      'CrashLoopBackOff',
    );
    await cluster.detach();
  });

  test('finds out about a container that vanished without a word', async () => {
    const { clock, cluster, fake } = await scene({ '*': { run: runsForever } });
    await cluster.apply(pod('app'));
    await clock.advanceBy(15_000);
    fake.host().vanish('web', 'main');
    await clock.advanceBy(60_000);
    expect(await restartsOf(cluster)).toBe(1);
    expect((await statusOf(cluster))?.containerStatuses?.[0]?.state?.running).toBeDefined();
    await cluster.detach();
  });

  test('takes an engine that does not answer for no death of anything', async () => {
    const { clock, cluster, fake } = await scene({ '*': { run: runsForever } });
    await cluster.apply(pod('app'));
    await clock.advanceBy(1000);
    fake.host().breakDown(120_000);
    await clock.advanceBy(300_000);
    expect(await restartsOf(cluster)).toBe(0);
    expect((await statusOf(cluster))?.phase).toBe('Running');
    await cluster.detach();
  });

  test('gives containers the files of their volumes', async () => {
    const { clock, cluster } = await scene();
    await cluster.apply([
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'c', namespace: 'default' },
        ...{ data: { greeting: 'hello' } },
      },
      pod('busybox', {
        containers: [
          {
            name: 'main',
            image: 'busybox',
            command: ['sh', '-c', 'echo $(cat /etc/c/greeting); sleep infinity'],
            volumeMounts: [{ name: 'c', mountPath: '/etc/c' }],
          },
        ],
        volumes: [{ name: 'c', configMap: { name: 'c' } }],
      }),
    ]);
    await clock.advanceBy(5000);
    const texts: string[] = [];
    for await (const { text } of cluster.logs({ pod: 'web' }, { tailLines: 10 })) texts.push(text);
    expect(texts).toEqual(['hello']);
    await cluster.detach();
  });

  test('closes when its time goes by: what ignores the stop signal is killed after its grace period', async () => {
    const { clock, cluster, fake } = await scene();
    await cluster.apply(pod('stubborn'));
    await clock.advanceBy(1000);
    let isClosed = false;
    const closing = cluster.close().then(() => {
      isClosed = true;
    });
    await clock.advanceBy(29_000);
    expect(isClosed).toBe(false);
    await clock.advanceBy(31_000);
    await closing;
    expect([...fake.host().containers.values()].filter(({ isRunning }) => isRunning)).toEqual([]);
  });

  test('publishes the pods of a Service, from Ready until they are gone', async () => {
    const { clock, cluster } = await scene({ '*': { run: ignoresStop } });
    const labels = { app: 'web' };
    await cluster.apply([
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'web', namespace: 'default' },
        ...{ spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] } },
      },
      ...['web-a', 'web-b'].map((name) => ({
        ...pod('web', { nodeName: 'node-a' }),
        metadata: { name, namespace: 'default', labels },
      })),
    ]);
    const endpoints = async () => {
      const slices = await cluster.list('EndpointSlice', 'default');
      return slices.flatMap((slice) => slice.endpoints);
    };
    const ready = async () =>
      (await endpoints())
        .filter(({ conditions }) => conditions?.ready)
        .map(({ targetRef }) => targetRef?.uid);
    await clock.advanceBy(10_000);
    const pods = await cluster.list('Pod', 'default');
    expect(new Set(await ready())).toEqual(new Set(pods.map(({ metadata }) => metadata.uid)));
    const [victim] = pods;
    await cluster.delete('Pod', 'default', victim?.metadata.name ?? '');
    await clock.advanceBy(1000);
    expect(await ready()).not.toContain(victim?.metadata.uid);
    const leaving = (await endpoints()).find(({ targetRef }) => targetRef?.uid === victim?.metadata.uid);
    expect(leaving?.conditions).toEqual({ ready: false, serving: true, terminating: true });
    await clock.advanceBy(60_000);
    expect((await endpoints()).map(({ targetRef }) => targetRef?.uid)).not.toContain(victim?.metadata.uid);
    await cluster.detach();
  });
});
