import { mkdtempSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AgentOptions,
  type Cluster,
  createAgent,
  createControllers,
  type Fact,
  type Pod,
} from '@mooring/core';
import { installNatsStore, nats } from '@mooring/core/nats';
import { memoryVolumes } from '@mooring/core/testing';
import { fakeRuntime } from '@mooring/runtime-fake';
import { connect, type NatsConnection } from 'nats';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { NatsServer } from '../packages/core/test/nats/nats-server.ts';
import { type LogRecord, recordingLogger } from './agent/support/recording-logger.ts';
import { describeWithEngine } from './support/engines.ts';
import { startProgram } from './support/program.ts';
import { removeFolder } from './support/remove-folder.ts';
import { shareTranspiled } from './support/transpiled.ts';
import { isReady, replicaSet } from './support/web-pods.ts';

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

  it('drops what others write under its keys and subjects, says so, and loses nothing', {
    timeout: limitMs,
  }, async () => {
    const logs: LogRecord[] = [];
    await using node = await agent('node-a', { logger: recordingLogger(logs) });
    await using foreign = await Stranger.connect(server.url, name());
    const listening = new AbortController();
    const facts: string[] = [];
    void (async () => {
      const heard = node.facts('pod.*.*', { signal: listening.signal });
      for await (const { type } of heard) facts.push(type);
    })();
    await foreign.write('pods.default.a', 'no JSON');
    await foreign.write('pods.default.b', JSON.stringify({ kind: 'Pod' }));
    await foreign.write('pods.default.c', enveloped({ kind: 'Pod', metadata: { name: 'c' } }));
    await foreign.write('leases.kube-node-lease.x', enveloped({ kind: 'Lease', metadata: [], spec: 7 }));
    for (const words of ['no JSON', '7', '{"v":1}', '{"v":2,"id":"i"}']) {
      foreign.say('pod.u.inbox', words);
      foreign.say('node.node-a.inbox', words);
      foreign.say('pod.u.facts.phase-changed', words);
    }
    const spec = { nodeName: 'node-a', containers: [{ name: 'main', image: 'anything' }] };
    const web: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec };
    await node.apply(web);
    await vi.waitUntil(async () => (await readyPods(node)).length === 1, { timeout: limitMs });
    expect((await node.list('Pod')).map(({ metadata }) => metadata.name)).toEqual(['web']);
    const dropped = (message: string) => logs.filter((line) => line.message === message).length;
    await vi.waitUntil(() => dropped('message is no fact; dropped') === 3, { timeout: limitMs });
    expect(dropped('foreign value; ignored')).toBe(2);
    expect(dropped('value in the store is no object of its kind; ignored')).toBeGreaterThanOrEqual(1);
    expect(dropped('message cannot be read; dropped')).toBeGreaterThanOrEqual(2);
    expect(facts.filter((type) => !['pod.phase-changed', 'pod.ready-changed'].includes(type))).toEqual([]);
    listening.abort();
  });

  it('takes the name of an agent at once whose process is seen to be gone', {
    timeout: limitMs,
  }, async () => {
    await installNatsStore({ servers: server.url, bytesMax: 32 * 1024 * 1024 });
    const home = mkdtempSync(join(tmpdir(), 'mooring-killed-'));
    shareTranspiled(home);
    const script = join(import.meta.dirname, '../examples/many-hosts/agent.ts');
    const args = ['--import=tsx', '--conditions=@mooring/source', script, 'node-z', server.url];
    const env = { ...process.env, TMPDIR: home };
    const killed = startProgram(process.execPath, args, { cwd: join(import.meta.dirname, '..'), env });
    try {
      await killed.says('agent node-z is up');
    } finally {
      killed.kill('SIGKILL');
      await killed.end;
      removeFolder(home);
    }
    const logs: LogRecord[] = [];
    await using next = await agent('node-z', { cluster: 'mooring', logger: recordingLogger(logs) });
    expect(next.nodes).toEqual(['node-z']);
    expect(logs.filter(({ message }) => message.startsWith('waiting'))).toEqual([]);
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

/** Somebody with a NATS client and no idea. */
class Stranger implements AsyncDisposable {
  private readonly connection: NatsConnection;
  private readonly cluster: string;

  private constructor(connection: NatsConnection, cluster: string) {
    this.connection = connection;
    this.cluster = cluster;
  }

  static async connect(servers: string, cluster: string): Promise<Stranger> {
    return new Stranger(await connect({ servers }), cluster);
  }

  async write(key: string, text: string): Promise<void> {
    await this.connection.jetstream().publish(`$KV.${this.cluster}.${key}`, text);
  }

  say(subject: string, text: string): void {
    this.connection.publish(`mooring.v1.${this.cluster}.actor.${subject}`, text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection.close();
  }
}

function enveloped(value: object): string {
  return JSON.stringify({ v: 1, writeId: 'theirs', prev: 0, value });
}

async function readyPods(cluster: Cluster) {
  return (await cluster.list('Pod', 'default')).filter(isReady);
}
