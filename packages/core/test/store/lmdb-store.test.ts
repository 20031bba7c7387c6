import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, it } from 'vitest';
import type { Store } from '../../src/contract/store.ts';
import { createLmdbStore } from '../../src/store/lmdb-store.ts';
import { planConformance } from '../../src/testing/conformance-case.ts';
import { storeConformance } from '../../src/testing/store-conformance.ts';

const folders: string[] = [];

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mooring-lmdb-'));
  folders.push(folder);
  return folder;
}

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

describe('the LMDB store', () => {
  const paths = new Map<Store, string>();
  const open = async (path: string) => {
    const store = await createLmdbStore({ path });
    paths.set(store, path);
    return store;
  };
  const plan = planConformance(storeConformance, {
    open: async () => open(await newFolder()),
    reopen: async (store) => {
      await store[Symbol.asyncDispose]();
      return open(paths.get(store) ?? '');
    },
  });
  for (const { name, run } of plan) it(name, run);

  it('finishes the writes that it has accepted when it is closed', async () => {
    const path = await newFolder();
    const store = await createLmdbStore({ path });
    const writes = Array.from({ length: 100 }, (_, i) => store.create(`a/${i}`, { i }));
    await store[Symbol.asyncDispose]();
    await Promise.all(writes);
    await using again = await createLmdbStore({ path });
    expect((await again.list('a/')).entries).toHaveLength(100);
  });

  it('shows nothing before it is committed', async () => {
    await using store = await createLmdbStore({ path: await newFolder() });
    const write = store.create('a/1', {});
    expect(await store.get('a/1')).toBeUndefined();
    const revision = await write;
    expect((await store.get('a/1'))?.revision).toBe(revision);
  });

  it('checks a write against those that are accepted but not committed yet', async () => {
    await using store = await createLmdbStore({ path: await newFolder() });
    const results = await Promise.allSettled([
      store.create('a/1', { n: 1 }),
      store.create('a/1', { n: 2 }),
      store.update('a/1', { n: 3 }, 1),
      store.delete('a/1', 2),
      store.create('a/1', { n: 4 }),
      store.update('a/1', { n: 5 }, 2),
    ]);
    expect(results.map(({ status }) => status === 'fulfilled')).toEqual([
      true,
      false,
      true,
      true,
      true,
      false,
    ]);
    expect((await store.get('a/1'))?.value).toEqual({ n: 4 });
  });

  it('refuses a value that is too large, and goes on', async () => {
    await using store = await createLmdbStore({ path: await newFolder(), valueBytesMax: 100 });
    const large = store.create('a/1', { text: 'x'.repeat(100) });
    await expect(large).rejects.toMatchObject({ code: 'VALUE_TOO_LARGE' });
    await store.create('a/1', { text: 'x' });
  });

  it('stops at once when another writer has the same files, and damages nothing', async () => {
    const path = await newFolder();
    await using first = await createLmdbStore({ path });
    await first.create('a/1', { by: 'first' });
    // As a tidy administrator might.
    await rm(join(path, 'instance.lock'));
    await using second = await createLmdbStore({ path });
    await second.create('a/2', { by: 'second' });
    await expect(first.create('a/3', { by: 'first' })).rejects.toMatchObject({ code: 'NODE_NAME_TAKEN' });
    await expect(first.get('a/1')).rejects.toMatchObject({ code: 'STORE_CLOSED' });
    await second.create('a/3', { by: 'second' });
    await second[Symbol.asyncDispose]();
    await using third = await createLmdbStore({ path });
    expect((await third.list('')).entries.map(({ value }) => value)).toEqual([
      { by: 'first' },
      { by: 'second' },
      { by: 'second' },
    ]);
  });
});

/** Lets a process write until it has acknowledged `count` writes, then kills it. */
async function writeUntilKilled(path: string, count: number): Promise<ReadonlyMap<string, number>> {
  const script = join(import.meta.dirname, 'lmdb-writer.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const acknowledged = new Map<string, number>();
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [key, revision] = line.split(' ');
    acknowledged.set(key ?? '', Number(revision));
    lines += 1;
    if (lines === count) child.kill('SIGKILL');
  }
  // It closes its output before it is gone, and the store is its own until then.
  await exited;
  expect(lines).toBeGreaterThanOrEqual(count);
  return acknowledged;
}

describe('kill -9 while writing', () => {
  it('loses no acknowledged write, and revisions go on from there', async () => {
    const path = await newFolder();
    let lastRevision = 0;
    for (const count of [50, 700, 1500]) {
      const acknowledged = await writeUntilKilled(path, count);
      await using store = await createLmdbStore({ path });
      const { entries, revision } = await store.list('');
      const kept = new Map(entries.map((entry) => [entry.key, entry.revision]));
      for (const [key, acked] of acknowledged) expect(kept.get(key) ?? 0).toBeGreaterThanOrEqual(acked);
      for (const entry of entries) expect(entry.revision).toBeLessThanOrEqual(revision);
      expect(revision).toBeGreaterThanOrEqual(Math.max(...acknowledged.values()));
      expect(Math.min(...acknowledged.values())).toBeGreaterThan(lastRevision);
      lastRevision = revision;
    }
  }, 60_000);
});

describe('a disk that is full', () => {
  it('is told of by each write that it has no room for, and is written to again when there is room', async () => {
    const path = await newFolder();
    const script = join(import.meta.dirname, 'lmdb-filler.ts');
    // Files may not grow beyond a limit that is lifted later: as good as a small disk, and needs no root.
    const shell = 'trap "" XFSZ; exec prlimit --fsize=600000:unlimited "$@"';
    const child = spawn('sh', ['-c', shell, 'sh', process.execPath, '--import', 'tsx', script, path], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const exited = once(child, 'exit');
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const full = JSON.parse((await lines.next()).value ?? '{}');
    expect(full.count).toBeGreaterThan(5);
    // What was checked against the first, which is not there now, shares its fate.
    expect(full.answers).toEqual(['STORE_FULL', 'STORE_FULL', 'STORE_FULL']);
    expect(full.kept).toBe(full.count);
    execFileSync('prlimit', ['--pid', String(child.pid), '--fsize=unlimited']);
    child.stdin.end('there is room\n');
    const after = JSON.parse((await lines.next()).value ?? '{}');
    expect(after).toEqual({ revision: full.count + 1, kept: full.count + 1 });
    // The store is its own until it has ended.
    await exited;
    await using again = await createLmdbStore({ path });
    const { entries, revision } = await again.list('');
    expect({ revision, kept: entries.length }).toEqual(after);
  }, 60_000);
});
