import {
  createAgent,
  createControllers,
  defineProber,
  type Fact,
  type Plugin,
  type Pod,
} from '@mooring/core';
import { nats, natsServerConfig, serveNodes } from '@mooring/core/nats';
import { memoryVolumes } from '@mooring/core/testing';
import { fakeRuntime } from '@mooring/runtime-fake';
import { expect, it, vi } from 'vitest';
import { silentLogger } from '../packages/core/src/contract/logger.ts';
import { systemClock, systemRandom } from '../packages/core/src/engine/system-clock.ts';
import { NatsServer } from '../packages/core/test/nats/nats-server.ts';
import { proberPlugin } from './agent/support/prober-plugin.ts';
import { describeWithEngine } from './support/engines.ts';

const limitMs = 60_000;

describeWithEngine(['nats-server'], 'a cluster whose agents are isolated', () => {
  it('runs pods, hears facts and sends commands', { timeout: 2 * limitMs }, async () => {
    const { text, users } = natsServerConfig({ nodes: ['node-a', 'node-b'] });
    await using server = await NatsServer.start({ config: text.slice(text.indexOf('system_account')) });
    const login = (node?: string) => {
      const nkeySeed = users.find((user) => user.node === node)?.nkeySeed ?? '';
      return { servers: server.url, nkeySeed };
    };
    const transport = nats({ ...login(), install: { bytesMax: 32 * 1024 * 1024 } });
    await using control = await createControllers({ plugins: [], transport });
    const context = { cluster: 'mooring', clock: systemClock, random: systemRandom, logger: silentLogger };
    await using carriers = await transport.open(context);
    await using gateway = await serveNodes({ ...login(), ...carriers, heartbeatMs: 500 });
    const agent = (node: string) =>
      createAgent({
        name: node,
        plugins: [fakeRuntime()],
        transport: nats({ ...login(node), mode: { isolated: { node } } }),
        volumes: () => memoryVolumes(),
        heartbeat: { leaseMs: 4000, renewMs: 1000 },
      });
    await using _a = await agent('node-a');
    await using _b = await agent('node-b');
    await expect(agent('node-b')).rejects.toMatchObject({ code: 'NODE_NAME_TAKEN' });
    const started: Fact[] = [];
    const listening = new AbortController();
    const listened = (async () => {
      const facts = control.facts('pod.*.container.*.started', { signal: listening.signal });
      for await (const fact of facts) started.push(fact);
    })();
    await control.apply([
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'words' }, data: { HELLO: 'world' } },
      replicaSet(4),
    ] as never);
    const ready = async () =>
      (await control.list('Pod', 'default')).filter(
        ({ status }) => status?.containerStatuses?.[0]?.ready === true,
      );
    await vi.waitUntil(async () => (await ready()).length === 4, { timeout: limitMs });
    const pods = await ready();
    expect(new Set(pods.map(({ spec }) => spec.nodeName))).toEqual(new Set(['node-a', 'node-b']));
    await vi.waitUntil(() => started.length >= 4, { timeout: limitMs });
    const main = control.actor(`pod/${pods[0]?.metadata.uid}/container/main`);
    expect(await main.snapshot()).toMatchObject({ value: 'running' });
    await main.send({ type: 'container.restart' });
    await vi.waitUntil(() => started.length >= 5, { timeout: limitMs });
    const events = await control.list('Event', 'default');
    expect(events.some(({ reason, source }) => reason === 'Started' && source.host === 'node-a')).toBe(true);
    await control.delete('ReplicaSet', 'default', 'web');
    await vi.waitUntil(async () => (await control.list('Pod', 'default')).length === 0, { timeout: limitMs });
    expect(gateway.stats()).toEqual({ forgedReplies: 0, unreadable: 0, foreignFacts: 0 });
    listening.abort();
    await listened;
  });

  it('makes probes from one isolated node to another', { timeout: 2 * limitMs }, async () => {
    const { text, users } = natsServerConfig({ nodes: ['node-a', 'node-b'] });
    await using server = await NatsServer.start({ config: text.slice(text.indexOf('system_account')) });
    const login = (node?: string) => {
      const nkeySeed = users.find((user) => user.node === node)?.nkeySeed ?? '';
      return { servers: server.url, nkeySeed };
    };
    const transport = nats({ ...login(), install: { bytesMax: 32 * 1024 * 1024 } });
    await using control = await createControllers({ plugins: [pingProber('')], transport });
    const context = { cluster: 'mooring', clock: systemClock, random: systemRandom, logger: silentLogger };
    await using carriers = await transport.open(context);
    await using _ = await serveNodes({ ...login(), ...carriers, heartbeatMs: 500 });
    const agent = (node: string) =>
      createAgent({
        name: node,
        plugins: [fakeRuntime(), pingProber(node)],
        transport: nats({ ...login(node), mode: { isolated: { node } } }),
        volumes: () => memoryVolumes(),
      });
    await using _a = await agent('node-a');
    const b = await agent('node-b');
    await control.apply(probedPod);
    await control.waitFor('Pod/default/web', 'Ready', { timeoutMs: limitMs });
    const messages = async () => (await control.events('Pod/default/web')).map(({ message }) => message);
    const hears = (words: string) =>
      vi.waitUntil(async () => (await messages()).includes(words), { timeout: limitMs });
    await hears('Readiness probe warning: from node-b: made on node-b');
    expect((await messages()).filter((words) => words.includes('itself'))).toEqual([]);
    await b.close();
    await hears('Readiness probe warning: made on node-a');
    const status = (await control.get('Pod', 'default', 'web'))?.status?.containerStatuses?.[0];
    expect(status).toMatchObject({ ready: true, restartCount: 0 });
  });

  it('warns where an agent opens the store directly', async () => {
    await using server = await NatsServer.start();
    const warnings: string[] = [];
    const logger = {
      debug() {},
      info() {},
      error() {},
      warn: (_: object, words: string) => void warnings.push(words),
      child: () => logger,
    };
    await using _ = await createAgent({
      name: 'node-a',
      plugins: [fakeRuntime()],
      transport: nats({ servers: server.url, install: { bytesMax: 32 * 1024 * 1024 } }),
      volumes: () => memoryVolumes(),
      logger,
    });
    expect(warnings.filter((words) => words.startsWith('TRUSTED MODE'))).toHaveLength(1);
  });
});

/** Its warnings say where it is. */
function pingProber(node: string): Plugin {
  return proberPlugin(
    defineProber({
      handler: 'ping',
      network: true,
      parse: () => ({ ok: true, value: {} }),
      probe: async () => ({ outcome: 'warning', message: `made on ${node}` }),
    }),
  );
}

const probedPod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'default', annotations: { 'mooring.dev/probe-from': 'node-b' } },
  spec: {
    nodeName: 'node-a',
    containers: [{ name: 'main', image: 'anything', readinessProbe: { ping: {}, periodSeconds: 1 } }],
  },
};

function replicaSet(replicas: number) {
  const labels = { app: 'web' };
  const main = { name: 'main', image: 'anything', envFrom: [{ configMapRef: { name: 'words' } }] };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'web' },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 1, containers: [main] } },
    },
  };
}
