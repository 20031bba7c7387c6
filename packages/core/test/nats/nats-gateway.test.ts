import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { describeWithEngine } from '../../../../test/support/engines.ts';
import { hasCode } from '../../src/contract/error.ts';
import { silentLogger } from '../../src/contract/logger.ts';
import type { Store, WatchEvent } from '../../src/contract/store.ts';
import type { NodePolicy } from '../../src/gateway/node-policy.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { planConformance } from '../../src/testing/conformance-case.ts';
import { storeConformance } from '../../src/testing/store-conformance.ts';
import { gatewayOn, IsolatedServer, storeOf } from './isolated-cluster.ts';

const limitMs = 60_000;

/** The kit writes keys that no node has any business with: here everything is allowed, and only the way is tested. */
const openPolicy: NodePolicy = { mayRead: () => true, refusalOf: () => undefined };

describeWithEngine(['nats-server'], 'the store of an isolated agent', () => {
  let server: IsolatedServer;
  beforeAll(async () => {
    server = await IsolatedServer.start(['n1', 'n2.example']);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  describe('as a Store', () => {
    const context = {
      async open(): Promise<Store> {
        const gateway = await gatewayOn(server, { policy: openPolicy });
        const store = await storeOf(server, 'n1');
        const dispose = store[Symbol.asyncDispose].bind(store);
        return Object.assign(store, {
          async [Symbol.asyncDispose]() {
            await dispose();
            await gateway[Symbol.asyncDispose]();
          },
        });
      },
    };
    it.each(planConformance(storeConformance, context))('$name', async ({ run, skipReason }) => {
      // Whether objects survive is a matter of the store behind the gateway.
      if (skipReason === undefined) await run();
      else expect(skipReason).toBe('not offered by this implementation');
    });
  });

  it('is that of its own cluster, where several share an account', async () => {
    const clusters = { n1: 'red', 'n2.example': 'blue.green' };
    const key = 'services/default/web';
    const others: unknown[] = [];
    const warn = (fields: object) => void others.push(Object.entries(fields).slice(1));
    const logger = { ...silentLogger, warn };
    const open = async ([node, cluster]: readonly [string, string]) => {
      const gateway = await gatewayOn(server, { cluster, logger });
      await gateway.store.create(key, { ...object('Service', 'web'), spec: { cluster } });
      const agent = await storeOf(server, node, cluster);
      return { cluster, gateway, agent };
    };
    const both = await Promise.all(Object.entries(clusters).map(open));
    for (const { cluster, agent } of both) {
      const answers = await Promise.all([...Array(20)].map(() => agent.get(key)));
      for (const one of answers) expect(one?.value).toMatchObject({ spec: { cluster } });
    }
    expect(others.map(String).toSorted()).toEqual([
      'cluster,blue.green,other,red',
      'cluster,red,other,blue=2Egreen',
    ]);
    for (const { agent, gateway } of both) {
      await agent[Symbol.asyncDispose]();
      await gateway[Symbol.asyncDispose]();
    }
  });

  it('is answered what it has asked a gateway that ends', async () => {
    const inner = createMemoryStore();
    await inner.create('services/default/web', object('Service', 'web'));
    const asked = new Set<() => void>();
    const get: Store['get'] = async (key) => {
      await new Promise<void>((resolve) => asked.add(resolve));
      return await inner.get(key);
    };
    const slow: Store = { ...inner, get, watch: inner.watch.bind(inner), list: inner.list.bind(inner) };
    const gateway = await gatewayOn(server, { store: slow });
    await using agent = await storeOf(server, 'n1');
    const answer = agent.get('services/default/web');
    await vi.waitUntil(() => asked.size === 1);
    const ended = gateway[Symbol.asyncDispose]();
    // So long that the connection would be closed.
    await (await server.connection('n1')).close();
    for (const go of asked) go();
    expect((await answer)?.key).toBe('services/default/web');
    await ended;
    // Not by asking again.
    expect(asked.size).toBe(1);
  });

  it('lists more than fits into one message', async () => {
    const store = createMemoryStore();
    const text = 'x'.repeat(200_000);
    for (let i = 0; i < 12; i += 1) await store.create(`services/default/s${i + 10}`, { text });
    await using _ = await gatewayOn(server, { store });
    await using agent = await storeOf(server, 'n1');
    const { entries } = await agent.list('services/');
    expect(entries.map(({ key }) => key)).toEqual(
      (await store.list('services/')).entries.map(({ key }) => key),
    );
  });

  it('shows a pod when it is bound, with what it refers to, and takes both away', async () => {
    await using gateway = await gatewayOn(server);
    const { store } = gateway;
    await store.create('secrets/default/token', object('Secret', 'token'));
    await store.create('secrets/default/other', object('Secret', 'other'));
    await using agent = await storeOf(server, 'n2.example');
    await using events = follow(agent, '');
    await vi.waitUntil(() => events.isSynced);
    const first = await store.create('pods/default/web', pod('web', undefined));
    await store.create('pods/default/foreign', pod('foreign', 'n1'));
    const second = await store.update('pods/default/web', pod('web', 'n2.example'), first);
    await vi.waitUntil(() =>
      events.seen.some(({ type, key }) => type === 'put' && key === 'pods/default/web'),
    );
    expect((await agent.list('')).entries.map(({ key }) => key)).toEqual([
      'pods/default/web',
      'secrets/default/token',
    ]);
    expect(await agent.get('secrets/default/other')).toBeUndefined();
    expect(await agent.get('pods/default/foreign')).toBeUndefined();
    await store.update('pods/default/web', pod('web', 'n1', 'another'), second);
    await vi.waitUntil(() => events.seen.filter(({ type }) => type === 'delete').length === 2);
    expect(events.seen.map(({ type, key }) => `${type} ${key}`)).toEqual([
      'put secrets/default/token',
      'put pods/default/web',
      'delete secrets/default/token',
      'delete pods/default/web',
    ]);
    expect(await agent.get('secrets/default/token')).toBeUndefined();
  });

  it('answers nonsense with an error, drops and counts what wants no answer, and goes on', async () => {
    await using gateway = await gatewayOn(server);
    await using agent = await storeOf(server, 'n1');
    const connection = await server.connection('n1');
    const nonsense = ['no JSON', '7', '[]', '{"key":5}', '{"prefix":{},"id":[],"from":"x"}'];
    for (const words of nonsense) {
      for (const verb of ['get', 'list', 'create', 'update', 'delete', 'watch']) {
        const answer = await connection.request(`api.node.n1.${verb}`, words, { timeout: limitMs });
        expect(answer.json()).toMatchObject({
          error: { code: expect.stringMatching(/^(INVALID|FORBIDDEN)$/) },
        });
      }
      for (const verb of ['fact', 'confirm', 'unwatch', 'answer'])
        connection.publish(`api.node.n1.${verb}`, words);
    }
    await connection.flush();
    await vi.waitUntil(() => gateway.stats().unreadable >= 4, { timeout: limitMs });
    await gateway.store.create('services/default/a', object('Service', 'a'));
    expect((await agent.list('services/')).entries).toHaveLength(1);
    await connection.close();
  });

  it('goes on where it was after the server was killed', { timeout: 60_000 }, async () => {
    await using own = await IsolatedServer.start(['n1']);
    await using gateway = await gatewayOn(own);
    await using agent = await storeOf(own, 'n1');
    await using events = follow(agent, 'services/');
    await gateway.store.create('services/default/a', object('Service', 'a'));
    await vi.waitUntil(() => events.seen.length === 1);
    await own.server.down();
    await gateway.store.create('services/default/b', object('Service', 'b'));
    await own.server.up();
    await vi.waitUntil(() => events.seen.length === 2, { timeout: limitMs });
    expect(events.seen.map(({ key }) => key)).toEqual(['services/default/a', 'services/default/b']);
  });

  it('is told to list again by a gateway that was started anew', { timeout: 60_000 }, async () => {
    const store = createMemoryStore();
    await store.create('services/default/a', object('Service', 'a'));
    const first = await gatewayOn(server, { store });
    await using agent = await storeOf(server, 'n1');
    await using events = follow(agent, 'services/');
    await vi.waitUntil(() => events.seen.length === 1);
    await first[Symbol.asyncDispose]();
    await store.create('services/default/b', object('Service', 'b'));
    await using _ = await gatewayOn(server, { store });
    await vi.waitUntil(() => events.ended !== undefined, { timeout: limitMs });
    expect(hasCode(events.ended, 'STORE_EXPIRED')).toBe(true);
    expect((await agent.list('services/')).entries).toHaveLength(2);
  });
});

function follow(store: Store, prefix: string) {
  const seen: { readonly type: string; readonly key: string }[] = [];
  const controller = new AbortController();
  const state = {
    seen,
    ended: undefined as unknown,
    isSynced: false,
    [Symbol.asyncDispose]: async () => {
      controller.abort();
      await reading;
    },
  };
  const read = async (events: AsyncIterable<WatchEvent>) => {
    for await (const event of events) {
      if (event.type === 'synced') state.isSynced = true;
      else seen.push({ type: event.type, key: event.key });
    }
  };
  const reading = read(store.watch(prefix, { signal: controller.signal })).catch((error: unknown) => {
    state.ended = error;
  });
  return state;
}

function object(kind: string, name: string) {
  return { apiVersion: 'v1', kind, metadata: { name, namespace: 'default', uid: `uid-${name}` } };
}

function pod(name: string, nodeName: string | undefined, uid = `uid-${name}`) {
  const spec = {
    containers: [],
    volumes: [{ name: 'v', secret: { secretName: 'token' } }],
    ...(nodeName && { nodeName }),
  };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default', uid }, spec };
}
