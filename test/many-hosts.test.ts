import { hostname } from 'node:os';
import { type AgentOptions, type Cluster, createAgent, createControllers, type Fact } from '@mooring/core';
import { nats } from '@mooring/core/nats';
import { memoryVolumes } from '@mooring/core/testing';
import { fakeRuntime } from '@mooring/runtime-fake';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { NatsServer } from '../packages/core/test/nats/nats-server.ts';
import { describeWithEngine } from './support/engines.ts';

const limitMs = 60_000;

describeWithEngine(['nats-server'], 'a cluster of several processes on NATS', () => {
  let server: NatsServer;
  let clusters = 0;
  beforeAll(async () => {
    server = await NatsServer.start();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  beforeEach(() => {
    clusters += 1;
  });

  const transport = () => nats({ servers: server.url, install: { bytesMax: 32 * 1024 * 1024 } });
  const name = () => `cluster${clusters}`;

  const controllers = () =>
    createControllers({ name: name(), plugins: [], transport: transport(), election: { durationMs: 2000 } });

  const agent = (node: string, options: Partial<AgentOptions> = {}) =>
    createAgent({
      cluster: name(),
      name: node,
      ...options,
      plugins: [fakeRuntime()],
      transport: transport(),
      volumes: () => memoryVolumes(),
    });

  const isLeading = (cluster: Cluster) => cluster.controllers().length > 0;

  it('keeps a wanted number of pods on two agents', { timeout: limitMs }, async () => {
    await using control = await controllers();
    await using first = await agent('node-a');
    await using second = await agent('node-b');
    await first.apply(replicaSet(4));
    await vi.waitUntil(async () => (await readyPods(control)).length === 4, { timeout: limitMs });
    const nodes = new Set((await readyPods(second)).map(({ spec }) => spec.nodeName));
    expect([...nodes].toSorted()).toEqual(['node-a', 'node-b']);
    expect(second.nodes).toEqual(['node-b']);
  });

  it('lets one of two processes steer, and the other take over', { timeout: limitMs }, async () => {
    await using first = await controllers();
    await vi.waitUntil(() => isLeading(first), { timeout: limitMs });
    await using second = await controllers();
    await using node = await agent('node-a');
    await node.apply(replicaSet(2));
    await vi.waitUntil(async () => (await readyPods(node)).length === 2, { timeout: limitMs });
    expect([isLeading(first), isLeading(second)]).toEqual([true, false]);
    await first.close();
    await vi.waitUntil(() => isLeading(second), { timeout: limitMs });
    await node.patch('ReplicaSet/default/web', { spec: { replicas: 3 } });
    await vi.waitUntil(async () => (await readyPods(node)).length === 3, { timeout: limitMs });
  });

  it('refuses an agent whose name a live one has, and says who that is', { timeout: limitMs }, async () => {
    const hasty = { heartbeat: { leaseMs: 4000, renewMs: 500 } };
    await using first = await agent('node-a', hasty);
    const second = agent('node-a', hasty);
    await expect(second).rejects.toMatchObject({ code: 'NODE_NAME_TAKEN' });
    await expect(second).rejects.toThrow(`on ${hostname()}, process ${process.pid}, since 20`);
    await first.detach();
    await using third = await agent('node-a', hasty);
    expect(third.nodes).toEqual(['node-a']);
  });

  it('hears the facts of every process, and sends commands to its actors', { timeout: limitMs }, async () => {
    await using control = await controllers();
    await using node = await agent('node-a');
    await node.apply(replicaSet(1));
    const started: Fact[] = [];
    const listening = new AbortController();
    const listened = (async () => {
      const facts = control.facts('pod.*.container.*.started', { signal: listening.signal });
      for await (const fact of facts) started.push(fact);
    })();
    await vi.waitUntil(async () => (await readyPods(control)).length === 1, { timeout: limitMs });
    const [pod] = await readyPods(control);
    const main = control.actor(`pod/${pod?.metadata.uid}/container/main`);
    expect(await main.snapshot()).toMatchObject({ value: 'running' });
    const before = started.length;
    await main.send({ type: 'container.restart' });
    await vi.waitUntil(() => started.length > before, { timeout: limitMs });
    const nobody = control.actor('pod/nobody').snapshot({ timeoutMs: limitMs });
    await expect(nobody).rejects.toMatchObject({ code: 'NO_SUCH_ACTOR' });
    listening.abort();
    await listened;
  });
});

async function readyPods(cluster: Cluster) {
  return (await cluster.list('Pod', 'default')).filter(
    ({ status }) => status?.containerStatuses?.[0]?.ready === true,
  );
}

function replicaSet(replicas: number) {
  const labels = { app: 'web' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'anything' }] } };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'web' },
    spec: { replicas, selector: { matchLabels: labels }, template },
  };
}
