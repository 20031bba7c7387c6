/** What administrators, other programs and permissions do to a server while processes use it. */

import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { NatsConnection } from 'nats';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { describeWithEngine, oldNatsServer } from '../../../../test/support/engines.ts';
import { TcpProxy } from '../../../../test/support/tcp-proxy.ts';
import { createNatsBus } from '../../src/bus/nats-bus.ts';
import { connectNats } from '../../src/bus/nats-connection.ts';
import { type Logger, silentLogger } from '../../src/contract/logger.ts';
import type { WatchEvent } from '../../src/contract/store.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import type { NatsStore } from '../../src/store/nats-store.ts';
import { NatsServer } from './nats-server.ts';
import { NatsStores } from './nats-stores.ts';

const limitMs = 60_000;
const patience = { timeout: limitMs / 2, interval: 20 };
const hourMs = 3_600_000;

/** Everybody without a name is `all`. */
const config = (users = '') => `
no_auth_user: all
authorization { users: [
  { user: all, password: p }
  ${users}
] }`;
const guest = '{ user: guest, password: p }';
const deaf = '{ user: guest, password: p, permissions: { publish: ">", subscribe: { deny: "mooring.>" } } }';

describeWithEngine(['nats-server'], 'a NATS server in trouble', () => {
  let server: NatsServer;
  let admin: NatsConnection;
  const stores = new NatsStores(() => [server.url]);
  beforeAll(async () => {
    server = await NatsServer.start({ config: config() });
    admin = await connectNats({ servers: server.url }, { noEcho: false, logger: silentLogger });
  });
  afterAll(async () => {
    await admin.close();
    await server[Symbol.asyncDispose]();
  });

  /** After a restart of the server the administrator has to find it again, like everybody. */
  async function back(): Promise<NatsConnection> {
    await vi.waitFor(() => admin.flush(), patience);
    return admin;
  }

  /** A log that can be read, and a clock that can be set. */
  function watched() {
    const said: string[] = [];
    const note = (fields: object, message: string) => void said.push(`${message} ${JSON.stringify(fields)}`);
    const logger: Logger = { ...silentLogger, warn: note, error: note, child: () => logger };
    const ahead = { ms: 0 };
    const clock = {
      ...systemClock,
      now: () => systemClock.now() + ahead.ms,
      monotonicMs: () => systemClock.monotonicMs() + ahead.ms,
    };
    return { said, logger, clock, ahead };
  }

  function eventsOf(store: NatsStore) {
    const events: WatchEvent[] = [];
    const ended = (async () => {
      for await (const event of store.watch('', { signal: new AbortController().signal })) events.push(event);
    })();
    ended.catch(() => {});
    return { events, ended, types: () => events.map(({ type }) => type).join() };
  }

  const asGuest = () => ({ servers: server.url, user: 'guest', password: 'p' });

  it('has those back whom it refused for a while', { timeout: limitMs }, async () => {
    await server.reload(config(guest));
    const { said, logger } = watched();
    const connection = await connectNats(asGuest(), { noEcho: false, logger });
    await server.reload(config());
    const refusals = () => said.filter((line) => line.includes('AUTHORIZATION_VIOLATION'));
    await vi.waitUntil(() => refusals().length > 1, patience);
    expect(connection.isClosed()).toBe(false);
    await server.reload(config(guest));
    const isBack = async () => {
      await connection.flush();
      return true;
    };
    await vi.waitFor(isBack, patience);
    await connection.close();
  });

  it('that takes connections and hangs does not gather them', { timeout: limitMs }, async () => {
    await using proxy = await TcpProxy.start(server.port);
    const connection = await connectNats(
      { servers: proxy.url, connectMsMax: 1000 },
      { noEcho: false, logger: silentLogger },
    );
    proxy.mute();
    let attempts = 0;
    for await (const { type } of connection.status()) {
      if (type === 'reconnecting') attempts += 1;
      if (attempts === 4) break;
    }
    // One is let go when the next one begins.
    await vi.waitUntil(() => proxy.unheard <= 1, patience);
    await connection.close();
    await vi.waitUntil(() => proxy.unheard === 0, patience);
  });

  it('says whom it does not let listen', async () => {
    await server.reload(config(deaf));
    const { said, logger } = watched();
    await using bus = await createNatsBus({ ...asGuest(), clock: systemClock, logger });
    const { signal } = new AbortController();
    const first = bus.subscribe('mooring.v1.a', { pendingMax: 8, signal })[Symbol.asyncIterator]();
    await expect(first.next()).rejects.toMatchObject({ code: 'TRANSPORT_REFUSED' });
    await vi.waitUntil(() => said.some((line) => line.includes('mooring.v1.a')), patience);
    expect(bus.stats().unreadable).toBe(0);
  });

  it('that was away when a group was joined lets the next one in', { timeout: limitMs }, async () => {
    await using bus = await createNatsBus({ servers: server.url, clock: systemClock, logger: silentLogger });
    const { signal } = new AbortController();
    const join = () =>
      bus.subscribe('mooring.v1.group', { queue: 'g', pendingMax: 8, signal })[Symbol.asyncIterator]();
    await server.down();
    await expect(join().next()).rejects.toMatchObject({ code: 'TRANSPORT_UNAVAILABLE' });
    await server.up();
    const heard = join().next();
    const isHeard = heard.then(() => true);
    const speak = async () => {
      // It is not back itself yet.
      if (
        !(await admin.flush().then(
          () => true,
          () => false,
        ))
      )
        return false;
      admin.publish('mooring.v1.group', '{}');
      return await Promise.race([isHeard, new Promise((resolve) => setImmediate(resolve, false))]);
    };
    await vi.waitUntil(speak, patience);
    expect((await heard).value?.subject).toBe('mooring.v1.group');
  });

  it('whose bucket may not be watched is not waited for', { timeout: limitMs }, async () => {
    const bucket = await stores.install();
    const narrow = `{ user: guest, password: p, permissions: { publish: { deny: "$JS.API.CONSUMER.>" } } }`;
    await server.reload(config(narrow));
    const connection = await connectNats(asGuest(), { noEcho: false, logger: silentLogger });
    await expect(stores.open(bucket, { connection })).rejects.toMatchObject({
      code: 'TRANSPORT_REFUSED',
      message: expect.stringContaining('$JS.API.CONSUMER'),
    });
    await connection.close();
    await server.reload(config());
  });

  it.each([
    { by: 'a write', find: 'write' },
    { by: 'a full comparison', find: 'compare' },
  ])(
    'whose bucket was purged takes nothing for deleted: found by $by',
    { timeout: limitMs },
    async ({ find }) => {
      const bucket = await stores.install();
      const { clock, ahead } = watched();
      await using store = await stores.open(bucket, { clock });
      const revision = await store.create('pods/a', { n: 1 });
      await store.create('pods/b', { n: 1 });
      const { ended, types } = eventsOf(store);
      await vi.waitUntil(() => types() === 'put,put,synced');
      const manager = await (await back()).jetstreamManager();
      await manager.streams.purge(`KV_${bucket}`);
      const lost = {
        code: 'STORE_LOST',
        message: expect.stringContaining('which nobody has deleted: pods/a'),
      };
      if (find === 'write')
        await expect(store.update('pods/a', { n: 2 }, revision)).rejects.toMatchObject(lost);
      else {
        ahead.ms += hourMs;
        await (await back()).jetstream().publish(`$KV.${bucket}.pods.c`, 'anything makes it look');
        await vi.waitFor(() => expect(store.list('')).rejects.toMatchObject(lost), patience);
      }
      await expect(store.get('pods/a')).rejects.toMatchObject({ code: 'STORE_LOST' });
      // It is looked at again and again, for half a minute.
      ahead.ms += hourMs;
      await expect(ended).rejects.toMatchObject(lost);
      expect(types()).toBe('put,put,synced');
    },
  );

  it('that has forgotten a deletion since a process was last there has not lost the object', {
    timeout: limitMs,
  }, async () => {
    const bucket = await stores.install();
    const { clock, ahead } = watched();
    await using store = await stores.open(bucket, { clock });
    await store.create('pods/a', { n: 1 });
    const { types } = eventsOf(store);
    await vi.waitUntil(() => types() === 'put,synced');
    const manager = await (await back()).jetstreamManager();
    // As after a deletion that was forgotten a day later.
    await manager.streams.purge(`KV_${bucket}`);
    ahead.ms += 25 * hourMs;
    await server.down();
    await server.up();
    await vi.waitUntil(() => types() === 'put,synced,delete', patience);
    expect((await store.list('')).entries).toEqual([]);
  });

  it('whose bucket was removed keeps what is known, and says so', { timeout: limitMs }, async () => {
    const bucket = await stores.install();
    const { said, logger } = watched();
    await using store = await stores.open(bucket, { logger });
    await store.create('pods/a', { n: 1 });
    const { types } = eventsOf(store);
    await vi.waitUntil(() => types() === 'put,synced');
    const manager = await (await back()).jetstreamManager();
    await manager.streams.delete(`KV_${bucket}`);
    // A new connection: the client would take 15 s to notice.
    await server.down();
    await server.up();
    await vi.waitUntil(() => said.some((line) => line.startsWith('the bucket is not there')), patience);
    expect((await store.get('pods/a'))?.value).toEqual({ n: 1 });
    expect(types()).toBe('put,synced');
  });

  it('whose bucket is gone for a while has deleted nothing, and lost nothing', {
    timeout: limitMs,
  }, async () => {
    const bucket = await stores.install();
    const { said, logger } = watched();
    // However long it takes here, nobody gives up.
    const clock = { ...systemClock, monotonicMs: () => 0 };
    await using store = await stores.open(bucket, { logger, clock });
    const revision = await store.create('pods/a', { n: 1 });
    await store.create('pods/b', { n: 1 });
    const [data, away] = ['data', 'away'].map((name) => join(server.dir, name)) as [string, string];
    await server.down();
    renameSync(data, away);
    await server.up();
    await vi.waitUntil(() => said.some((line) => line.startsWith('the bucket is not there')), patience);
    const settled: string[] = [];
    const writes = [
      store.update('pods/a', { n: 2 }, revision).finally(() => settled.push('update')),
      store.delete('pods/b', undefined).finally(() => settled.push('delete')),
    ];
    // Each has asked, and has asked again.
    const asked = said.length;
    await vi.waitUntil(() => said.length >= asked + 2, patience);
    expect(settled).toEqual([]);
    await server.down();
    rmSync(data, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    renameSync(away, data);
    await server.up();
    await Promise.all(writes);
    const { entries } = await store.list('');
    expect(entries.map(({ key, value }) => [key, value])).toEqual([['pods/a', { n: 2 }]]);
  });

  it('whose bucket expires or drops objects is not used', async () => {
    const manager = await (await back()).jetstreamManager();
    await manager.streams.add({ name: 'KV_expires', subjects: ['$KV.expires.>'], max_age: 1_000_000_000 });
    await expect(stores.open('expires')).rejects.toMatchObject({
      code: 'TRANSPORT_REFUSED',
      message: expect.stringMatching(/older than its max_age vanishes.*nats stream edit KV_expires/),
    });
  });

  it('with a value nested too deep under a key is used, and the value is nobody’s', {
    timeout: limitMs,
  }, async () => {
    const bucket = await stores.install();
    await using store = await stores.open(bucket);
    await store.create('pods/a', { n: 1 });
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const write = `{"v":1,"writeId":"x","prev":0,"value":{"deep":${deep}}}`;
    await (await back()).jetstream().publish(`$KV.${bucket}.pods.deep`, write);
    await vi.waitUntil(() => store.stats().foreign === 1, patience);
    await using fresh = await stores.open(bucket);
    for (const one of [store, fresh])
      expect((await one.list('')).entries.map(({ key }) => key)).toEqual(['pods/a']);
    await expect(store.create('pods/b', JSON.parse(`{"deep":${deep}}`))).rejects.toMatchObject({
      code: 'INVALID',
    });
  });

  it('is asked again what is to be deleted until it answers', { timeout: limitMs }, async () => {
    const bucket = await stores.install();
    await using store = await stores.open(bucket);
    await store.create('pods/a', { n: 1 });
    await server.down();
    const deleting = store.delete('pods/a', undefined);
    await server.up();
    await deleting;
    expect(await store.get('pods/a')).toBeUndefined();
  });
});

describeWithEngine(['nats-2.10'], 'a bucket that is full', () => {
  it('still has leases renewed, and objects deleted, which makes room', { timeout: limitMs }, async () => {
    await using server = await NatsServer.start({ program: oldNatsServer() });
    const small = new NatsStores(() => [server.url], { bytesMax: 64 * 1024 });
    const bucket = await small.install();
    await using store = await small.open(bucket);
    const lease = (n: number) => ({ n, holder: 'x'.repeat(500) });
    const first = await store.create('leases/first', lease(0));
    let revision = await store.create('leases/a', lease(0));
    for (let n = 1; n < 4; n += 1) revision = await store.update('leases/a', lease(n), revision);
    const fill = async (name: string, size: number) => {
      for (let i = 0; ; i += 1) await store.create(`pods/${name}${i}`, { text: 'x'.repeat(size) });
    };
    for (const size of [8000, 100])
      await expect(fill(`s${size}x`, size)).rejects.toMatchObject({ code: 'STORE_FULL' });
    await expect(store.update('leases/first', lease(1), first)).rejects.toMatchObject({ code: 'STORE_FULL' });
    for (let n = 4; n < 20; n += 1) revision = await store.update('leases/a', lease(n), revision);
    await store.delete('pods/s8000x0', undefined);
    await store.create('pods/next', { text: 'x'.repeat(7000) });
    await expect(fill('t', 8000)).rejects.toMatchObject({
      code: 'STORE_FULL',
      message: expect.stringContaining('delete objects, or give it more'),
    });
    await using fresh = await small.open(bucket);
    expect(await fresh.get('leases/first')).toMatchObject({ value: lease(0), revision: first });
    expect(await fresh.get('leases/a')).toMatchObject({ value: lease(19), revision });
  });
});
