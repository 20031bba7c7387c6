/** Two agents that want the name of one node, over one store in one process. */

import { tmpdir } from 'node:os';
import {
  type AgentOptions,
  type Cluster,
  createAgent,
  createMemoryStore,
  type StoredPod,
} from '@mooring/core';
import { memoryVolumes, SeededRandom, TestClock } from '@mooring/core/testing';
import { type FakeHost, type FakeRuntimePlugin, fakeRuntime } from '@mooring/runtime-fake';
import { expect, test } from 'vitest';
import { Link } from './support/link.ts';
import { type LogRecord, recordingLogger } from './support/recording-logger.ts';

const web = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web' },
  spec: { nodeName: 'node-a', containers: [{ name: 'main', image: 'anything' }] },
} as const;

/** A host with a runtime of its own, on which an agent of `node-a` is started. */
class Host {
  readonly link = new Link();
  readonly logs: LogRecord[] = [];
  agent: Cluster | undefined;
  refusal: unknown;
  private readonly runtime: FakeRuntimePlugin;
  private readonly store: ReturnType<typeof createMemoryStore>;

  constructor(
    { clock, store }: { clock: TestClock; store: ReturnType<typeof createMemoryStore> },
    seed: string,
    options: Partial<AgentOptions> = {},
    onHost: (host: FakeHost) => void = () => {},
  ) {
    this.store = store;
    this.runtime = fakeRuntime({ onHost });
    const starting = createAgent({
      name: 'node-a',
      plugins: [this.runtime],
      store: this.link.through(store),
      clock,
      random: new SeededRandom(seed),
      volumes: () => memoryVolumes(),
      dataDir: tmpdir(),
      logger: recordingLogger(this.logs),
      ...options,
    });
    starting.then(
      (agent) => {
        this.agent = agent;
      },
      (error: unknown) => {
        this.refusal = error;
      },
    );
  }

  get running(): number {
    return [...this.runtime.host('node-a').containers.values()].filter(({ isRunning }) => isRunning).length;
  }

  crash(): void {
    const containers = [...this.runtime.host('node-a').containers.values()];
    for (const container of containers) if (container.isRunning) container.end({ exitCode: 3 });
  }

  errors(): readonly string[] {
    return this.logs.filter(({ level }) => level === 'error').map(({ message }) => message);
  }

  async stored(): Promise<StoredPod | undefined> {
    return (await this.store.get('pods/default/web'))?.value as StoredPod | undefined;
  }
}

function world() {
  return { clock: new TestClock(), store: createMemoryStore() };
}

test('the second of two agents refuses to start, and says who the first one is', async () => {
  const shared = world();
  const first = new Host(shared, 'first');
  await shared.clock.advanceBy(100);
  const second = new Host(shared, 'second');
  await shared.clock.advanceBy(15_000);
  expect(second.refusal).toMatchObject({ code: 'NODE_NAME_TAKEN' });
  expect(String(second.refusal)).toMatch(
    new RegExp(
      `node node-a is held by an agent on .+, process ${process.pid}, since 2026-01-01T00:00:00Z: stop`,
    ),
  );
  expect(second.agent).toBeUndefined();
  // The first one has noticed nothing.
  await shared.clock.advanceBy(60_000);
  expect(first.logs.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
  await first.agent?.detach();
});

test('an agent that has ended leaves its name free at once', async () => {
  const shared = world();
  const first = new Host(shared, 'first');
  await shared.clock.advanceBy(100);
  await first.agent?.detach();
  const second = new Host(shared, 'second');
  await shared.clock.advanceBy(100);
  expect(second.agent?.nodes).toEqual(['node-a']);
  await second.agent?.detach();
});

/** The first agent is cut off until a second one has its name, and comes back. */
async function usurped(options: Partial<AgentOptions>) {
  const shared = world();
  const { clock } = shared;
  const first = new Host(shared, 'first', options);
  await clock.advanceBy(100);
  await first.agent?.apply(web);
  await clock.advanceBy(5000);
  expect(first.running).toBe(1);
  first.link.isCut = true;
  await clock.advanceBy(10_000);
  const second = new Host(shared, 'second', options);
  await clock.advanceBy(39_000);
  expect(second.agent).toBeUndefined();
  await clock.advanceBy(10_000);
  expect(second.agent).toBeDefined();
  expect(second.running).toBe(1);
  return { ...shared, first, second };
}

test('an agent whose name another one has taken meanwhile writes nothing any more, and says so', async () => {
  const { clock, store, first, second } = await usurped({});
  const facts: string[] = [];
  const listening = new AbortController();
  void (async () => {
    const heard = first.agent?.facts('node.*.*', { signal: listening.signal }) ?? [];
    for await (const { type } of heard) facts.push(type);
  })();
  const before = await second.stored();
  first.link.isCut = false;
  await clock.advanceBy(60_000);
  expect(first.errors()).toEqual([
    'another agent has taken the name of this node: its containers run on, and nobody looks after them here',
  ]);
  expect(facts).toContain('node.name-lost');
  // What happens on the first host now is nobody's business.
  expect(first.running).toBe(1);
  first.crash();
  await clock.advanceBy(60_000);
  expect(first.running).toBe(0);
  expect(await second.stored()).toEqual(before);
  expect(second.running).toBe(1);
  second.crash();
  await clock.advanceBy(60_000);
  const restarts = (pod: StoredPod | undefined) => pod?.status?.containerStatuses?.[0]?.restartCount ?? 0;
  expect(restarts(await second.stored())).toBe(restarts(before) + 1);
  expect(first.running).toBe(0);
  const lease = await store.get('leases/kube-node-lease/node-a');
  await first.agent?.detach();
  // It does not give away what is not its own.
  expect(await store.get('leases/kube-node-lease/node-a')).toEqual(lease);
  listening.abort();
  await second.agent?.detach();
});

test('an agent whose runtime answers only after it has lost the name runs nothing', async () => {
  const shared = world();
  const { clock } = shared;
  let silence: Disposable | undefined;
  const first = new Host(shared, 'first', {}, (host) => {
    const error = { code: 'RUNTIME_UNAVAILABLE', message: 'connection refused' } as const;
    silence = host.fault('listContainers', { error });
  });
  await clock.advanceBy(10_000);
  first.link.isCut = true;
  await clock.advanceBy(10_000);
  const second = new Host(shared, 'second');
  await clock.advanceBy(60_000);
  await second.agent?.apply(web);
  first.link.isCut = false;
  await clock.advanceBy(60_000);
  silence?.[Symbol.dispose]();
  await clock.advanceBy(60_000);
  expect(first.refusal).toMatchObject({ code: 'NODE_NAME_TAKEN' });
  expect([first.running, second.running]).toEqual([0, 1]);
  await second.agent?.detach();
});

test('and with fencing its pods have been stopped by then, and stay so', async () => {
  const { clock, first, second } = await usurped({
    fencing: true,
    tolerationSeconds: { unreachable: 0, notReady: 0 },
  });
  expect(first.running).toBe(0);
  first.link.isCut = false;
  await clock.advanceBy(60_000);
  expect(first.errors()).toEqual(['another agent has taken the name of this node: its pods are stopped']);
  expect([first.running, second.running]).toEqual([0, 1]);
  await first.agent?.detach();
  await second.agent?.detach();
});
