/** What a cluster does whose processes cannot reach NATS any more: connections are cut and swallowed for real. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AgentOptions,
  type Cluster,
  type ControlOptions,
  createAgent,
  createControllers,
  defineProber,
  type Pod,
  type StoredPod,
} from '@mooring/core';
import { installNatsStore, nats } from '@mooring/core/nats';
import { memoryVolumes } from '@mooring/core/testing';
import { fakeRuntime } from '@mooring/runtime-fake';
import { connect } from 'nats';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { NatsServer } from '../packages/core/test/nats/nats-server.ts';
import { proberPlugin } from './agent/support/prober-plugin.ts';
import { describeWithEngine } from './support/engines.ts';
import { TcpProxy } from './support/tcp-proxy.ts';
import { isReady, replicaSet } from './support/web-pods.ts';

const limitMs = 60_000;
const timing = { timeout: limitMs };

describeWithEngine(['nats-server'], 'a process that is cut off from NATS', () => {
  let server: NatsServer;
  let clusters = 0;
  beforeAll(async () => {
    server = await NatsServer.start();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    clusters += 1;
    await installNatsStore({ servers: server.url, cluster: name(), bytesMax: 32 * 1024 * 1024 });
  });

  /** What the probe finds. */
  const health = { isIll: false };
  const probers = proberPlugin(
    defineProber({
      handler: 'scripted',
      parse: () => ({ ok: true, value: undefined }),
      probe: async () => ({ outcome: health.isIll ? 'failure' : 'success', message: '' }),
    }),
  );

  const name = () => `cluster${clusters}`;
  const through = (url: string) => nats({ servers: url, silenceMsMax: 1500 });

  const controllers = (url: string, options: Partial<ControlOptions> = {}) =>
    createControllers({ name: name(), plugins: [probers], transport: through(url), ...options });

  async function nodeOf(url: string, options: Partial<AgentOptions> = {}) {
    const runtime = fakeRuntime();
    const agent = await createAgent({
      cluster: name(),
      name: 'node-a',
      plugins: [runtime, probers],
      transport: through(url),
      volumes: () => memoryVolumes(),
      heartbeat: { leaseMs: 2000, renewMs: 500, statusMs: 500 },
      crashLoop: { initialMs: 50, maxMs: 50 },
      ...options,
    });
    const running = () =>
      [...runtime.host('node-a').containers.values()].filter(({ isRunning }) => isRunning);
    const ofPod = (pod: string) =>
      running().find(({ info }) => info.labels['io.kubernetes.pod.name'] === pod);
    return {
      agent,
      running,
      attemptOf: (pod: string) => ofPod(pod)?.info.attempt,
      /** Its container ends, and another one is started in its place. */
      async crash(pod: string) {
        const before = ofPod(pod);
        before?.end({ exitCode: 1 });
        const isNew = () => ofPod(pod) !== undefined && ofPod(pod) !== before;
        await vi.waitUntil(isNew, timing);
      },
      [Symbol.asyncDispose]: () => agent.detach(),
    };
  }

  /** Counts what is written in the store, by key, past all proxies. */
  async function tap() {
    const client = await connect({ servers: server.url });
    let keys: string[] = [];
    const prefix = `$KV.${name()}.`;
    client.subscribe(`${prefix}>`, { callback: (_, { subject }) => keys.push(subject.slice(prefix.length)) });
    await client.flush();
    return {
      startOver() {
        keys = [];
      },
      count: (prefixOf: string) => keys.filter((key) => key.startsWith(prefixOf)).length,
      [Symbol.asyncDispose]: () => client.close(),
    };
  }

  it(
    'keeps its pods, buffers what it has to say, and says each thing once when it is back',
    timing,
    async () => {
      await using proxy = await TcpProxy.start(server.port);
      await using control = await controllers(server.url);
      await using node = await nodeOf(proxy.url);
      const steady = Array.from({ length: 20 }, (_, i) => `steady-${i}`);
      await control.apply([...steady, 'flaky', 'ill', 'unwanted'].map(podOf));
      const pods = () => control.list('Pod', 'default');
      await vi.waitUntil(async () => (await pods()).filter(isReady).length === 23, timing);
      const before = await pods();
      await using writes = await tap();

      proxy.cut();
      const cutAtMs = performance.now();
      for (let i = 0; i < 3; i += 1) await node.crash('flaky');
      health.isIll = true;
      await vi.waitUntil(() => (node.attemptOf('ill') ?? 0) > 0, timing);
      health.isIll = false;
      await control.delete('Pod', 'default', 'unwanted');
      // Longer than its lease is good for.
      await vi.waitUntil(() => performance.now() - cutAtMs > 2500, timing);
      expect(node.running()).toHaveLength(23);
      expect(restartsOf(await pods(), 'flaky')).toBe(0);

      writes.startOver();
      proxy.restore();
      await vi.waitUntil(async () => {
        const now = await pods();
        return now.length === 22 && now.every(isReady) && restartsOf(now, 'flaky') === 3;
      }, timing);
      const renewals = writes.count('leases.');
      await vi.waitUntil(() => writes.count('leases.') >= renewals + 4, timing);
      const after = await pods();
      const ill = restartsOf(after, 'ill') ?? 0;
      expect(ill).toBeGreaterThan(0);
      // The last state of each of the three that changed, and of one its end; nothing of the others.
      expect(writes.count('pods.default.steady')).toBe(0);
      for (const pod of ['flaky', 'ill', 'unwanted'])
        expect(writes.count(`pods.default.${pod}`)).toBeLessThanOrEqual(4);
      expect(writes.count('nodes.')).toBeLessThanOrEqual(2);
      // One for each thing that happened: what is told of an exit and of the start that follows.
      expect(writes.count('events.')).toBeLessThanOrEqual(10 * (3 + ill + 1));
      for (const pod of steady) expect(uidOf(after, pod)).toBe(uidOf(before, pod));
      expect(node.running()).toHaveLength(22);
    },
  );

  it('is back although its connection was swallowed, and nobody told it', timing, async () => {
    await using proxy = await TcpProxy.start(server.port);
    await using control = await controllers(server.url);
    await using node = await nodeOf(proxy.url);
    await control.apply([podOf('flaky')]);
    const pods = () => control.list('Pod', 'default');
    await vi.waitUntil(async () => (await pods()).some(isReady), timing);
    proxy.freeze();
    await node.crash('flaky');
    // The old connection stays silent for ever.
    proxy.strand();
    await vi.waitUntil(async () => restartsOf(await pods(), 'flaky') === 1, timing);
    await control.delete('Pod', 'default', 'flaky');
    await vi.waitUntil(async () => (await pods()).length === 0, timing);
  });

  it('steers nothing any more before another one begins, and does nothing twice', timing, async () => {
    await using proxy = await TcpProxy.start(server.port);
    await using node = await nodeOf(server.url);
    const election = { durationMs: 3000 };
    await using first = await controllers(proxy.url, { election });
    await vi.waitUntil(() => isLeading(first), timing);
    await using second = await controllers(server.url, { election });
    await first.apply([replicaSet(3)] as never);
    const pods = () => second.list('Pod', 'default');
    await vi.waitUntil(async () => (await pods()).filter(isReady).length === 3, timing);
    await using writes = await tap();

    proxy.freeze();
    let wereBoth = false;
    await vi.waitUntil(() => {
      wereBoth ||= isLeading(first) && isLeading(second);
      return isLeading(second);
    }, timing);
    expect([wereBoth, isLeading(first)]).toEqual([false, false]);
    await second.patch('ReplicaSet/default/web', { spec: { replicas: 5 } });
    await vi.waitUntil(async () => (await pods()).filter(isReady).length === 5, timing);

    writes.startOver();
    proxy.restore();
    await vi.waitUntil(async () => (await first.list('Pod', 'default')).length === 5, timing);
    const looks = writes.count('leases.');
    await vi.waitUntil(() => writes.count('leases.') >= looks + 4, timing);
    expect([isLeading(first), isLeading(second)]).toEqual([false, true]);
    expect(writes.count('pods.')).toBe(0);
    expect(await pods()).toHaveLength(5);
    expect(node.running()).toHaveLength(5);
  });

  it('keeps its pods when the server comes back without its disk', timing, async () => {
    await using lossy = await NatsServer.start();
    const install = () => installNatsStore({ servers: lossy.url, cluster: name(), bytesMax: 10_000_000 });
    await install();
    await using node = await nodeOf(lossy.url);
    await node.agent.apply([podOf('flaky')]);
    await vi.waitUntil(async () => (await node.agent.list('Pod', 'default')).some(isReady), timing);
    await lossy.down();
    rmSync(join(lossy.dir, 'data'), { recursive: true });
    await lossy.up();
    await install();
    const isLost = () =>
      node.agent.list('Pod', 'default').then(
        () => false,
        (error: { code?: string }) => error.code === 'STORE_LOST',
      );
    await vi.waitUntil(isLost, timing);
    await node.crash('flaky');
    expect(node.attemptOf('flaky')).toBe(1);
  });
});

function podOf(pod: string): Pod {
  const livenessProbe = { scripted: {}, periodSeconds: 1, failureThreshold: 1 };
  const main = { name: 'main', image: 'anything', ...(pod === 'ill' && { livenessProbe }) };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: pod },
    spec: { nodeName: 'node-a', terminationGracePeriodSeconds: 1, containers: [main as never] },
  };
}

function isLeading(cluster: Cluster): boolean {
  return cluster.controllers().length > 0;
}

function restartsOf(pods: readonly StoredPod[], name: string): number | undefined {
  return pods.find(({ metadata }) => metadata.name === name)?.status?.containerStatuses?.[0]?.restartCount;
}

function uidOf(pods: readonly StoredPod[], name: string): string | undefined {
  return pods.find(({ metadata }) => metadata.name === name)?.metadata.uid;
}
