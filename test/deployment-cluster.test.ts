/** A Deployment on a whole cluster in virtual time: scheduler, agents, and the client's side of rollouts. */

import { type Cluster, createCluster, type Deployment } from '@mooring/core';
import { memoryVolumes, SeededRandom, TestClock } from '@mooring/core/testing';
import { fakeProbes, fakeRuntime, runsForever } from '@mooring/runtime-fake';
import { describe, expect, test } from 'vitest';

const reference = 'Deployment/default/web';

const web = (image: string): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 4,
    progressDeadlineSeconds: 60,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image }] } },
  },
});

async function scene() {
  const clock = new TestClock();
  // No other image can be pulled.
  const fake = fakeRuntime({ images: { 'web:1': { run: runsForever } } });
  const cluster = await createCluster({
    plugins: [fake, fakeProbes(fake)],
    nodes: [{ name: 'node-a' }, { name: 'node-b' }],
    clock,
    random: new SeededRandom('deployment'),
    volumes: () => memoryVolumes(),
  });
  return { clock, cluster };
}

async function images(cluster: Cluster): Promise<readonly string[]> {
  const pods = await cluster.list('Pod');
  return pods
    .filter(({ metadata, status }) => metadata.deletionTimestamp === undefined && status?.phase === 'Running')
    .map(({ spec }) => spec.containers[0]?.image ?? '')
    .sort();
}

describe('a Deployment on a cluster', () => {
  test('is rolled out over its nodes, gets stuck with a bad image, and is undone', async () => {
    const { clock, cluster } = await scene();
    const facts: string[] = [];
    const listening = new AbortController();
    const heard = (async () => {
      const { signal } = listening;
      for await (const { type } of cluster.facts('controller.deployment.default.web.*', { signal }))
        facts.push(type);
    })();

    await cluster.apply(web('web:1'));
    await clock.advanceBy(10_000);
    expect(await cluster.rollout.status(reference)).toEqual({
      message: 'deployment "web" successfully rolled out',
      isDone: true,
    });
    const nodes = (await cluster.list('Pod')).map(({ spec }) => spec.nodeName);
    expect(new Set(nodes)).toEqual(new Set(['node-a', 'node-b']));

    await cluster.apply(web('web:bad'));
    await clock.advanceBy(100_000);
    await expect(cluster.rollout.status(reference)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect((await images(cluster)).filter((image) => image === 'web:1')).toHaveLength(3);

    expect(await cluster.rollout.undo(reference)).toBe('rolled back');
    const finished = cluster.rollout.finished(reference);
    await clock.advanceBy(60_000);
    await finished;
    expect(await images(cluster)).toEqual(Array(4).fill('web:1'));
    expect(facts.filter((type) => type !== 'deployment.scaled')).toEqual([
      'deployment.rolled-out',
      'deployment.timed-out',
      'deployment.rolled-out',
    ]);
    listening.abort();
    await heard;
    await cluster.detach();
  });
});
