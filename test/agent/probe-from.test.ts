/** Probes that other nodes make: several agents in one process and in virtual time, with a network that can be cut. */

import {
  type Bus,
  createAgent,
  createCluster,
  createInProcessBus,
  createMemoryStore,
  defineProber,
  type Plugin,
  type Pod,
  type Probe,
} from '@mooring/core';
import { MemoryDisk, memoryVolumes, SeededRandom, TestClock } from '@mooring/core/testing';
import { type FakeRuntimePlugin, fakeProbes, fakeRuntime, runsForever } from '@mooring/runtime-fake';
import { describe, expect, it } from 'vitest';
import { proberPlugin } from './support/prober-plugin.ts';

type Agent = Awaited<ReturnType<typeof createAgent>>;

const probe: Probe = { ping: { port: 80 }, periodSeconds: 1, failureThreshold: 3 };

/** A pod on node-a. */
function podOf(annotation: string, container: Partial<Pod['spec']['containers'][0]>): Pod {
  const annotations = { 'mooring.dev/probe-from': annotation };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default', annotations },
    spec: { nodeName: 'node-a', containers: [{ name: 'main', image: 'app', ...container }] },
  };
}

/** Agents that share a store and a bus; each has a prober that knows on which node it is. */
class Scene implements AsyncDisposable {
  readonly clock = new TestClock();
  readonly fake: FakeRuntimePlugin;
  /** Where the container does not answer. */
  readonly unreachableFrom = new Set<string>();
  /** Nodes whose mail goes nowhere. */
  readonly silent = new Set<string>();
  /** The nodes on which an attempt was made, in order. */
  attempts: string[] = [];
  readonly bus: Bus;
  private readonly store = createMemoryStore();
  private readonly disk = new MemoryDisk();
  private readonly random = new SeededRandom('probe-from');
  private readonly agents = new Map<string, Agent>();

  constructor() {
    this.fake = fakeRuntime({ files: this.disk });
    const bus = createInProcessBus({ clock: this.clock });
    const isCut = (subject: string) =>
      [...this.silent].some((node) => subject.includes(`.node.${node}.vantage.`));
    this.bus = Object.assign(Object.create(bus) as Bus, {
      request: (subject: string, data: unknown, options: Parameters<Bus['request']>[2]) =>
        isCut(subject) ? this.hang(subject, options) : bus.request(subject, data, options),
    });
  }

  async start(...nodes: readonly string[]): Promise<void> {
    for (const name of nodes) {
      const agent = await createAgent({
        name,
        plugins: [this.fake, this.prober(name)],
        clock: this.clock,
        random: this.random.fork(name),
        store: this.store,
        bus: this.bus,
        volumes: () => memoryVolumes(this.disk),
      });
      this.agents.set(name, agent);
    }
  }

  async stop(node: string): Promise<void> {
    await this.agents.get(node)?.detach();
    this.agents.delete(node);
  }

  get agent(): Agent {
    const agent = this.agents.get('node-a');
    if (agent === undefined) throw new Error('node-a does not run');
    return agent;
  }

  async apply(annotation: string, container: Partial<Pod['spec']['containers'][0]>): Promise<void> {
    await this.agent.apply(podOf(annotation, container));
  }

  async pass(seconds: number): Promise<void> {
    await this.clock.advanceBy(seconds * 1000);
  }

  /** The nodes on which attempts are made during so many seconds. */
  async attemptsWithin(seconds: number): Promise<ReadonlySet<string>> {
    this.attempts = [];
    await this.pass(seconds);
    return new Set(this.attempts);
  }

  async container() {
    return (await this.agent.get('Pod', 'default', 'web'))?.status?.containerStatuses?.[0];
  }

  /** Of these reasons, with how often each was recorded. */
  async events(...reasons: readonly string[]): Promise<readonly string[]> {
    const all = await this.agent.events('Pod/default/web');
    return all
      .filter(({ reason }) => reasons.includes(reason))
      .map(({ reason, message, count }) => `${count} ${reason}: ${message}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of [...this.agents.keys()]) await this.stop(node);
    await this.bus[Symbol.asyncDispose]();
  }

  private prober(node: string): Plugin {
    return proberPlugin(
      defineProber({
        handler: 'ping',
        network: true,
        parse: () => ({ ok: true, value: {} }),
        probe: async () => {
          this.attempts.push(node);
          return this.unreachableFrom.has(node)
            ? { outcome: 'failure', message: `no way from ${node}` }
            : { outcome: 'success', message: 'pong' };
        },
      }),
    );
  }

  private hang(subject: string, { timeoutMs, signal }: Parameters<Bus['request']>[2]): Promise<never> {
    return new Promise((_, reject) => {
      const error = Object.assign(new Error(`no answer on ${subject}`), { code: 'DEADLINE_EXCEEDED' });
      this.clock.setTimeout(() => reject(error), timeoutMs);
      signal?.addEventListener('abort', () => reject(signal.reason));
    });
  }
}

async function sceneOf(...nodes: readonly string[]): Promise<Scene> {
  const scene = new Scene();
  await scene.start(...nodes);
  return scene;
}

describe('a probe from another node', () => {
  it('is made there, and nowhere else', async () => {
    await using scene = await sceneOf('node-a', 'node-b');
    await scene.apply('node-b', { readinessProbe: probe });
    await scene.pass(5);
    expect(await scene.container()).toMatchObject({ ready: true, restartCount: 0 });
    expect(await scene.attemptsWithin(5)).toEqual(new Set(['node-b']));
    expect(await scene.events('ProbeVantageLost', 'Unhealthy')).toEqual([]);
  });

  it('takes away readiness, and no life, where only the way is broken', async () => {
    await using scene = await sceneOf('node-a', 'node-b');
    await scene.apply('node-b', { readinessProbe: probe, livenessProbe: probe, startupProbe: probe });
    await scene.pass(5);
    scene.unreachableFrom.add('node-b');
    await scene.pass(60);
    expect(await scene.container()).toMatchObject({ ready: false, started: true, restartCount: 0 });
    const words = 'unreachable from node-b, but answers locally: no way from node-b';
    expect(await scene.events('ProbeUnreachable')).toEqual([`1 ProbeUnreachable: Liveness probe: ${words}`]);
    expect((await scene.events('Unhealthy')).map((line) => line.replace(/^\d+ /, ''))).toEqual([
      `Unhealthy: Readiness probe failed: ${words}`,
    ]);
    scene.unreachableFrom.clear();
    await scene.pass(5);
    expect(await scene.container()).toMatchObject({ ready: true, restartCount: 0 });
    expect(await scene.events('ProbeReachable')).toEqual([
      '1 ProbeReachable: Liveness probe: reachable from node-b again',
    ]);
  });

  it('restarts what is dead', async () => {
    await using scene = await sceneOf('node-a', 'node-b');
    await scene.apply('node-b', { livenessProbe: probe });
    await scene.pass(5);
    scene.unreachableFrom.add('node-a').add('node-b');
    await scene.pass(4);
    scene.unreachableFrom.clear();
    await scene.pass(30);
    expect(await scene.container()).toMatchObject({ restartCount: 1 });
    expect(await scene.events('Killing')).toEqual([
      '1 Killing: Container main failed liveness probe, will be restarted',
    ]);
  });

  it('has started when it answers itself', async () => {
    await using scene = await sceneOf('node-a', 'node-b');
    scene.unreachableFrom.add('node-b');
    await scene.apply('node-b', { startupProbe: probe });
    await scene.pass(30);
    expect(await scene.container()).toMatchObject({ started: true, restartCount: 0 });
  });

  it('goes by the quorum of those that are there', async () => {
    await using scene = await sceneOf('node-a', 'node-b', 'node-c', 'node-d');
    await scene.apply('majority of node-b, node-c, node-d', { readinessProbe: probe });
    scene.unreachableFrom.add('node-b');
    await scene.pass(10);
    expect(await scene.container()).toMatchObject({ ready: true });
    // One of two is no majority.
    await scene.stop('node-c');
    await scene.pass(10);
    expect(await scene.container()).toMatchObject({ ready: false });
    await scene.stop('node-b');
    await scene.pass(10);
    expect(await scene.container()).toMatchObject({ ready: true });
    expect(await scene.events('ProbeVantageLost')).toEqual([]);
  });

  it('is made where it was made before when the node that is named is that of the pod', async () => {
    await using scene = await sceneOf('node-a', 'node-b');
    await scene.apply('node-a', { readinessProbe: probe });
    await scene.pass(5);
    expect(await scene.attemptsWithin(5)).toEqual(new Set(['node-a']));
    expect(await scene.events('ProbeVantageLost')).toEqual([]);
  });

  it('moves when the annotation does', async () => {
    await using scene = await sceneOf('node-a', 'node-b', 'node-c');
    await scene.apply('node-b', { readinessProbe: probe });
    await scene.pass(5);
    await scene.agent.patch('Pod/default/web', {
      metadata: { annotations: { 'mooring.dev/probe-from': 'node-c' } },
    });
    await scene.pass(2);
    expect(await scene.attemptsWithin(5)).toEqual(new Set(['node-c']));
    await scene.agent.patch('Pod/default/web', {
      metadata: { annotations: { 'mooring.dev/probe-from': null } },
    });
    await scene.pass(2);
    expect(await scene.attemptsWithin(5)).toEqual(new Set(['node-a']));
  });

  it('is refused where it cannot be made', async () => {
    await using scene = await sceneOf('node-a', 'node-b');
    const applied = scene.apply('node-b', { livenessProbe: { exec: { command: ['true'] } } });
    await expect(applied).rejects.toThrow('the handler "exec" works at the container only');
  });
});

describe('when the other node is lost', () => {
  it('the probe is made at the container, which is left alone, until the node is back', async () => {
    await using scene = await sceneOf('node-a', 'node-b');
    await scene.apply('node-b', { readinessProbe: probe, livenessProbe: probe });
    await scene.pass(5);
    await scene.stop('node-b');
    await scene.pass(2);
    expect(await scene.attemptsWithin(60)).toEqual(new Set(['node-a']));
    expect(await scene.container()).toMatchObject({ ready: true, restartCount: 0 });
    expect((await scene.events('ProbeVantageLost')).toSorted()).toEqual([
      '1 ProbeVantageLost: Liveness probe is made on node-a itself: node-b: no agent is there',
      '1 ProbeVantageLost: Readiness probe is made on node-a itself: node-b: no agent is there',
    ]);
    await scene.start('node-b');
    await scene.pass(2);
    expect(await scene.attemptsWithin(10)).toEqual(new Set(['node-b']));
    expect((await scene.events('ProbeVantageBack')).toSorted()).toEqual([
      '1 ProbeVantageBack: Liveness probe is made from node-b again',
      '1 ProbeVantageBack: Readiness probe is made from node-b again',
    ]);
    expect(await scene.events('Killing', 'Unhealthy')).toEqual([]);
  });

  it('a death is noticed all the same', async () => {
    await using scene = await sceneOf('node-a', 'node-b');
    await scene.apply('node-b', { livenessProbe: probe });
    await scene.pass(5);
    await scene.stop('node-b');
    scene.unreachableFrom.add('node-a');
    await scene.pass(5);
    expect(await scene.events('Killing')).toHaveLength(1);
  });

  it('nobody waits for its answers again and again', async () => {
    await using scene = await sceneOf('node-a', 'node-b');
    await scene.apply('node-b', { livenessProbe: probe });
    await scene.pass(5);
    scene.silent.add('node-b');
    scene.attempts = [];
    await scene.pass(120);
    // One wait of three seconds in thirteen; the other ten probes are made on time.
    expect(scene.attempts.length).toBeGreaterThan(85);
    expect(await scene.events('ProbeVantageLost')).toEqual([
      '1 ProbeVantageLost: Liveness probe is made on node-a itself: node-b: no answer',
    ]);
    scene.silent.clear();
    await scene.pass(15);
    expect(await scene.attemptsWithin(10)).toEqual(new Set(['node-b']));
    expect(await scene.container()).toMatchObject({ restartCount: 0 });
  });
});

describe('in one cluster', () => {
  it('nodes probe for each other, until one of them is lost', async () => {
    const clock = new TestClock();
    const disk = new MemoryDisk();
    const web = { ...runsForever, listens: { 80: { http: () => ({ status: 200 }) } } };
    const fake = fakeRuntime({ files: disk, images: { web: { run: web } } });
    const cluster = await createCluster({
      plugins: [fake, fakeProbes(fake)],
      preset: 'small',
      nodes: [{ name: 'node-a' }, { name: 'node-b' }],
      clock,
      random: new SeededRandom('probe-from-cluster'),
      volumes: () => memoryVolumes(disk),
    });
    const livenessProbe = { httpGet: { port: 80 }, periodSeconds: 1 };
    await cluster.apply(podOf('node-b', { image: 'web', livenessProbe }));
    await clock.advanceBy(10_000);
    const vantage = cluster.actor('node/node-b/vantage/probes');
    expect(await vantage.snapshot()).toMatchObject({ status: 'active' });
    const told = async () =>
      (await cluster.events('Pod/default/web'))
        .filter(({ reason }) => reason.startsWith('Probe'))
        .map(({ reason, message }) => `${reason}: ${message}`);
    expect(await told()).toEqual([]);
    await cluster.crashNode('node-b');
    // Long enough for the node to be given up: that is no further news.
    await clock.advanceBy(60_000);
    const lost = 'ProbeVantageLost: Liveness probe is made on node-a itself: node-b: no agent is there';
    expect(await told()).toEqual([lost]);
    await cluster.restartNode('node-b');
    await clock.advanceBy(20_000);
    expect(await told()).toEqual([lost, 'ProbeVantageBack: Liveness probe is made from node-b again']);
    const status = (await cluster.get('Pod', 'default', 'web'))?.status;
    expect(status?.containerStatuses?.[0]).toMatchObject({ restartCount: 0 });
    await cluster.detach();
  });
});
