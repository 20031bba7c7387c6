import { connect } from 'nats';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { describeWithEngine } from '../../../../test/support/engines.ts';
import { hasCode } from '../../src/contract/error.ts';
import type { WatchEvent } from '../../src/contract/store.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { NatsBucket } from '../../src/store/nats-bucket.ts';
import { storeConformance } from '../../src/testing/store-conformance.ts';
import { NatsServer } from './nats-server.ts';
import { NatsStores } from './nats-stores.ts';

describeWithEngine(['nats-server'], 'the store on NATS', () => {
  let server: NatsServer;
  const stores = new NatsStores(() => [server.url]);
  beforeAll(async () => {
    server = await NatsServer.start();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it.each(storeConformance)('$name', async ({ run }) => {
    await run(stores.conformance());
  });

  it('is one store for several processes', async () => {
    const bucket = await stores.install();
    await using one = await stores.open(bucket);
    await using other = await stores.open(bucket);
    const events: WatchEvent[] = [];
    const watching = (async () => {
      for await (const event of other.watch('a/', { signal: AbortSignal.timeout(20_000) })) {
        events.push(event);
        if (event.type === 'delete') return;
      }
    })();
    const first = await one.create('a/b', { n: 1 });
    await vi.waitUntil(async () => (await other.get('a/b')) !== undefined);
    const second = await other.update('a/b', { n: 2 }, first);
    await expect(one.update('a/b', { n: 3 }, first)).rejects.toSatisfy((error) => hasCode(error, 'CONFLICT'));
    expect((await one.get('a/b'))?.value).toEqual({ n: 2 });
    await one.delete('a/b', second);
    await watching;
    expect(events.at(-1)).toMatchObject({ type: 'delete', value: { n: 2 } });
  });

  it('does not read again what it wrote itself, and reads what others wrote', async () => {
    const bucket = await stores.install();
    await using one = await stores.open(bucket);
    await using other = await stores.open(bucket);
    const value = { n: 1 };
    const revision = await one.create('a/b', value);
    expect((await one.list('a/')).entries[0]?.value).toBe(value);
    await vi.waitUntil(async () => (await other.get('a/b')) !== undefined);
    await other.update('a/b', { n: 2 }, revision);
    await vi.waitUntil(async () => (await one.get('a/b'))?.revision !== revision);
    expect((await one.get('a/b'))?.value).toEqual({ n: 2 });
  });

  it('tells which write came next to a key', async () => {
    const name = await stores.install();
    const client = await stores.connection();
    const bucket = await NatsBucket.open(client, name, systemClock);
    const put = (subject: string, expected: number, writeId: string) =>
      bucket.publish(`$KV.${name}.${subject}`, {
        expected,
        writeId,
        payload: Buffer.from(JSON.stringify({ v: 1, writeId, prev: expected, value: {} })),
      });
    const first = await put('a.b', 0, 'first');
    await put('a.c', 0, 'other');
    const second = await put('a.b', first, 'second');
    await put('a.b', second, 'third');
    expect(await bucket.readAfter(`$KV.${name}.a.b`, first)).toMatchObject({
      revision: second,
      writeId: 'second',
    });
    expect(await bucket.readAfter(`$KV.${name}.a.c`, second)).toBeUndefined();
    await client.close();
  });

  it('is not made by accident', async () => {
    await expect(stores.open('nobody')).rejects.toSatisfy((error) => hasCode(error, 'STORE_MISSING'));
    const client = await stores.connection();
    const manager = await client.jetstreamManager();
    await expect(manager.streams.info('KV_nobody')).rejects.toThrow('stream not found');
    await client.close();
  });

  it('is ignored and counted where others write into it, and loses no object by it', async () => {
    const bucket = await stores.install();
    await using store = await stores.open(bucket);
    await store.create('a/b', { n: 1 });
    const foreign = await connect({ servers: server.url });
    const stream = foreign.jetstream();
    await stream.publish(`$KV.${bucket}.a.b`, 'not ours');
    await stream.publish(`$KV.${bucket}.a.c`, '{"v":1}');
    await stream.publish(`$KV.${bucket}.a.b=c`, 'no key');
    await foreign.close();
    await vi.waitUntil(() => store.stats().foreign === 3);
    const entry = await store.get('a/b');
    expect(entry?.value).toEqual({ n: 1 });
    await store.update('a/b', { n: 2 }, entry?.revision ?? 0);
    expect((await store.list('')).entries.map(({ key, value }) => [key, value])).toEqual([['a/b', { n: 2 }]]);
  });

  it('goes on when the server is killed and comes back, and has lost nothing that was acknowledged', async () => {
    const bucket = await stores.install();
    await using store = await stores.open(bucket);
    const acknowledged: string[] = [];
    let isOver = false;
    const writing = (async () => {
      for (let i = 0; !isOver; i += 1) {
        await store.create(`k/${i}`, { i });
        acknowledged.push(`k/${i}`);
      }
    })();
    for (let round = 0; round < 3; round += 1) {
      const before = acknowledged.length;
      await vi.waitUntil(() => acknowledged.length > before + 50, { timeout: 20_000 });
      await server.down();
      await server.up();
    }
    const before = acknowledged.length;
    await vi.waitUntil(() => acknowledged.length > before + 50, { timeout: 20_000 });
    isOver = true;
    await writing;
    await using fresh = await stores.open(bucket);
    const keys = (await fresh.list('k/')).entries.map(({ key }) => key);
    expect(keys.toSorted()).toEqual(acknowledged.toSorted());
    expect((await store.list('k/')).entries.map(({ key }) => key)).toEqual(keys);
    expect(store.stats()).toMatchObject({ brokenChains: 0, divergences: 0, foreign: 0 });
  });
});
