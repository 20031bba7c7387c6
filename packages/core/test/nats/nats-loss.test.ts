import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { describeWithEngine } from '../../../../test/support/engines.ts';
import { hasCode } from '../../src/contract/error.ts';
import { silentLogger } from '../../src/contract/logger.ts';
import type { WatchEvent } from '../../src/contract/store.ts';
import { systemClock, systemRandom } from '../../src/engine/system-clock.ts';
import { nats } from '../../src/nats.ts';
import { NatsBucket } from '../../src/store/nats-bucket.ts';
import { compact, forget } from '../../src/store/nats-compaction.ts';
import { continuityOf } from '../../src/store/nats-continuity.ts';
import { NatsServer } from './nats-server.ts';
import { NatsStores } from './nats-stores.ts';

describe('a bucket', () => {
  const known = { created: 'monday', revision: 7 };
  it.each([
    { name: 'that nobody has seen', known: undefined, now: known, how: 'continues' },
    { name: 'in which nothing happened', known, now: known, how: 'continues' },
    { name: 'that has grown', known, now: { ...known, revision: 8 }, how: 'continues' },
    { name: 'that has shrunk', known, now: { ...known, revision: 6 }, how: 'older' },
    { name: 'that was made anew and has grown', known, now: { created: 'today', revision: 9 }, how: 'other' },
  ] as const)('$name: $how', ({ known: before, now, how }) => {
    expect(continuityOf(before, now)).toBe(how);
  });
});

describeWithEngine(['nats-server'], 'a store on NATS whose server', () => {
  let server: NatsServer;
  const folder = mkdtempSync(join(tmpdir(), 'mooring-marks-'));
  const stores = new NatsStores(() => [server.url]);
  beforeAll(async () => {
    server = await NatsServer.start();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The server comes back over another disk. */
  async function replaceDisk(copy?: string): Promise<void> {
    await server.down();
    const data = join(server.dir, 'data');
    rmSync(data, { recursive: true, force: true });
    if (copy !== undefined) cpSync(copy, data, { recursive: true });
    await server.up();
  }

  // 500 ms between looks are 10 ms.
  const clock = {
    ...systemClock,
    setTimeout: (fn: () => void, ms: number) => systemClock.setTimeout(fn, ms === 500 ? 10 : ms),
  };

  const open = (cluster: string, dataDir: string, install = false) =>
    nats({ servers: server.url, ...(install && { install: { bytesMax: 10_000_000 } }) }).open({
      cluster,
      clock,
      random: systemRandom,
      logger: silentLogger,
      dataDir,
    });

  it('has lost its disk serves nothing any more, and takes nothing for deleted', async () => {
    const bucket = await stores.install();
    await using store = await stores.open(bucket);
    await store.create('a/b', { n: 1 });
    const events: WatchEvent[] = [];
    const watching = (async () => {
      for await (const event of store.watch('', { signal: new AbortController().signal })) events.push(event);
    })();
    watching.catch(() => {});
    await vi.waitUntil(() => events.length === 2);
    await replaceDisk();
    const client = await stores.connection();
    await NatsBucket.install(client, { bucket, bytesMax: 10_000_000 }, systemClock);
    await client.close();
    await expect(watching).rejects.toMatchObject({ code: 'STORE_LOST' });
    expect(events.map(({ type }) => type)).toEqual(['put', 'synced']);
    await expect(store.list('')).rejects.toThrow(
      /was made anew .* revision 1 had been seen .*start this process again/,
    );
    await expect(store.get('a/b')).rejects.toMatchObject({ code: 'STORE_LOST' });
    await expect(store.create('a/c', {})).rejects.toMatchObject({ code: 'STORE_LOST' });
  });

  it('has lost its disk while nobody ran is not used, until somebody says so', async () => {
    const dataDir = join(folder, 'controllers');
    const mark = join(dataDir, 'high-water.json');
    {
      await using first = await open('fleet', dataDir, true);
      await first.store.create('a/b', { n: 1 });
    }
    expect(JSON.parse(readFileSync(mark, 'utf8'))).toMatchObject({ fleet: { revision: 1 } });
    {
      await using again = await open('fleet', dataDir);
      await again.store.create('a/c', { n: 2 });
    }
    await replaceDisk();
    const opening = open('fleet', dataDir, true);
    await expect(opening).rejects.toSatisfy((error) => hasCode(error, 'STORE_LOST'));
    await expect(opening).rejects.toThrow(`remove ${mark} and start again`);
    rmSync(mark);
    await using anew = await open('fleet', dataDir);
    expect((await anew.store.list('')).entries).toEqual([]);
  });

  it('was set back to an older state while nobody ran is not used either', async () => {
    const dataDir = join(folder, 'agent');
    {
      await using first = await open('older', dataDir, true);
      await first.store.create('a/b', { n: 1 });
    }
    await server.down();
    const copy = join(folder, 'copy');
    cpSync(join(server.dir, 'data'), copy, { recursive: true });
    await server.up();
    {
      await using more = await open('older', dataDir);
      await more.store.create('a/c', { n: 2 });
    }
    await replaceDisk(copy);
    await expect(open('older', dataDir)).rejects.toThrow('goes up to revision 1, and 2 has been seen in it');
  });

  it('was emptied by somebody while nobody ran is not used either', async () => {
    const dataDir = join(folder, 'emptied');
    {
      await using first = await open('emptied', dataDir, true);
      await first.store.create('a/b', { n: 1 });
    }
    const client = await stores.connection();
    const manager = await client.jetstreamManager();
    await manager.streams.purge('KV_emptied');
    await client.close();
    await expect(open('emptied', dataDir)).rejects.toThrow(
      /bucket emptied was emptied: .* remove .*high-water.json and start again/,
    );
  });

  it('has a mark that nobody can read is used', async () => {
    const dataDir = join(folder, 'damaged');
    {
      await using first = await open('damaged', dataDir, true);
      await first.store.create('a/b', { n: 1 });
    }
    for (const text of ['', '{', '[]', '{"damaged":5}', '{"damaged":{"created":1,"revision":"x"}}']) {
      writeFileSync(join(dataDir, 'high-water.json'), text);
      await using again = await open('damaged', dataDir);
      expect((await again.store.list('')).entries).toHaveLength(1);
    }
  });

  it('keeps markers of deletions forgets the old ones, and nothing that was written after them', async () => {
    const name = await stores.install();
    await using store = await stores.open(name);
    const client = await stores.connection();
    const bucket = await NatsBucket.open(client, name, systemClock);
    const { signal } = new AbortController();
    for (const key of ['a/1', 'a/2', 'a/3']) await store.create(key, { key });
    const [first, second] = [await store.get('a/1'), await store.get('a/2')];
    await store.delete('a/1', first?.revision);
    await store.delete('a/2', second?.revision);
    const tombstone = (await bucket.read(`$KV.${name}.a.2`))?.revision ?? 0;
    await store.create('a/2', { key: 'again' });
    // Found before somebody made the key anew.
    await forget(bucket, `$KV.${name}.a.2`, tombstone);
    expect(await compact(bucket, 3_600_000, signal)).toBe(0);
    expect(await compact(bucket, 0, signal)).toBe(1);
    expect(await bucket.read(`$KV.${name}.a.1`)).toBeUndefined();
    await store.create('a/1', { key: 'new' });
    await using fresh = await stores.open(name);
    for (const one of [store, fresh]) {
      const values = (await one.list('')).entries.map(({ value }) => (value as { key: string }).key);
      expect(values).toEqual(['new', 'again', 'a/3']);
      expect(one.stats()).toMatchObject({ brokenChains: 0, divergences: 0, foreign: 0 });
    }
    await client.close();
  });
});
