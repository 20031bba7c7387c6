/** What every `Store` must do. Each case opens an empty store of its own and closes it. */

import assert from 'node:assert/strict';
import { hasCode } from '../contract/error.ts';
import type { Store, StoreEntry, WatchEvent, WatchOptions } from '../contract/store.ts';
import type { ConformanceCase } from './conformance-case.ts';

/** What the author of a store gives to the kit. */
export interface StoreConformanceContext {
  /** An empty store. */
  open(): Store | Promise<Store>;
  /** For a durable store: closes it and opens what it has kept. */
  reopen?(store: Store): Promise<Store>;
}

type Run = (store: Store, context: StoreConformanceContext) => Promise<void>;

const writing: Readonly<Record<string, Run>> = {
  'gives back what was created, with its revision': async (store) => {
    const revision = await store.create('pods/default/web', { a: 1, nested: { list: [1, 'two', null] } });
    const entry = await store.get('pods/default/web');
    const value = { a: 1, nested: { list: [1, 'two', null] } };
    assert.deepEqual(entry, { key: 'pods/default/web', value, revision });
  },
  'gives undefined for a key that is not there': async (store) => {
    assert.equal(await store.get('pods/default/nobody'), undefined);
  },
  'keeps numbers, empty values and fields that it does not know': async (store) => {
    const value = {
      zero: 0,
      large: Number.MAX_SAFE_INTEGER,
      negative: -2147483649,
      fraction: 0.1,
      empty: '',
      list: [],
      object: {},
      nothing: null,
      no: false,
      text: 'line\nline \u{1F600} \u0000',
      $ref: { _id: 1 },
    };
    await store.create('things/a', value);
    assert.deepEqual((await store.get('things/a'))?.value, value);
  },
  'refuses to create a key twice with ALREADY_EXISTS': async (store) => {
    await store.create('a/b', { n: 1 });
    await assert.rejects(store.create('a/b', { n: 2 }), { code: 'ALREADY_EXISTS' });
    assert.deepEqual((await store.get('a/b'))?.value, { n: 1 });
  },
  'creates a key again after it was deleted, under a greater revision': async (store) => {
    const first = await store.create('a/b', { n: 1 });
    await store.delete('a/b', first);
    assert.ok((await store.create('a/b', { n: 2 })) > first);
  },
  'updates at the expected revision only': async (store) => {
    const first = await store.create('a/b', { n: 1 });
    const second = await store.update('a/b', { n: 2 }, first);
    assert.ok(second > first);
    await assert.rejects(store.update('a/b', { n: 3 }, first), { code: 'CONFLICT' });
    await assert.rejects(store.update('a/b', { n: 3 }, second + 100), { code: 'CONFLICT' });
    assert.deepEqual((await store.get('a/b'))?.value, { n: 2 });
  },
  'refuses to update what is not there with NOT_FOUND': async (store) => {
    await assert.rejects(store.update('a/b', {}, 1), { code: 'NOT_FOUND' });
    const revision = await store.create('a/b', {});
    await store.delete('a/b', undefined);
    await assert.rejects(store.update('a/b', {}, revision), { code: 'NOT_FOUND' });
  },
  'deletes, and is content when the key is gone already': async (store) => {
    await store.create('a/b', {});
    await store.delete('a/b', undefined);
    await store.delete('a/b', undefined);
    assert.equal(await store.get('a/b'), undefined);
  },
  'deletes at the expected revision only when one is given': async (store) => {
    const first = await store.create('a/b', { n: 1 });
    const second = await store.update('a/b', { n: 2 }, first);
    await assert.rejects(store.delete('a/b', first), { code: 'CONFLICT' });
    await store.delete('a/b', second);
    await assert.rejects(store.delete('a/b', second), { code: 'NOT_FOUND' });
  },
  'gives every write a greater revision, over all keys': async (store) => {
    const revisions: number[] = [];
    for (let i = 0; i < 20; i += 1) revisions.push(await store.create(`k/${i}`, {}));
    assert.deepEqual(
      revisions,
      [...new Set(revisions)].sort((a, b) => a - b),
    );
  },
  'refuses keys that it could not list again': async (store) => {
    for (const key of ['', '/a', 'a/', 'a//b', 'a b', 'a*', 'a/>'])
      await assert.rejects(store.create(key, {}), { code: 'INVALID' }, JSON.stringify(key));
  },
  'does nothing for a signal that has aborted': async (store) => {
    const signal = AbortSignal.abort(new Error('enough'));
    await assert.rejects(store.create('a/b', {}, signal), /enough/);
    assert.equal(await store.get('a/b'), undefined);
  },
};

const sharing: Readonly<Record<string, Run>> = {
  'freezes what it is given and what it gives': async (store) => {
    const value = { nested: { n: 1 } };
    await store.create('a/b', value);
    const read = (await store.get('a/b'))?.value as typeof value;
    for (const change of [
      () => Object.assign(value.nested, { n: 2 }),
      () => Object.assign(read.nested, { n: 2 }),
    ])
      assert.throws(change, TypeError);
  },
  'loses no increment of concurrent writers': async (store) => {
    await store.create('a/counter', { n: 0 });
    const writer = async () => {
      for (let done = 0; done < 25; ) done += (await increment(store, 'a/counter')) ? 1 : 0;
    };
    await Promise.all(Array.from({ length: 8 }, writer));
    assert.deepEqual((await store.get('a/counter'))?.value, { n: 200 });
  },
  'lets one of many concurrent creators win': async (store) => {
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => store.create('a/one', { i })),
    );
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  },
};

const listing: Readonly<Record<string, Run>> = {
  'lists what lies below a prefix, in the order of keys': async (store) => {
    const keys = ['pods/b/z', 'pods/b/a', 'pods/a/m', 'pods/b-c/x', 'podsx/b/a', 'nodes/n'];
    for (const key of keys) await store.create(key, { key });
    assert.deepEqual(await listKeys(store, 'pods/b/'), ['pods/b/a', 'pods/b/z']);
    assert.deepEqual(await listKeys(store, 'pods/'), ['pods/a/m', 'pods/b-c/x', 'pods/b/a', 'pods/b/z']);
    assert.deepEqual(await listKeys(store, ''), [...keys].sort());
    assert.deepEqual(await listKeys(store, 'nothing/'), []);
  },
  'lists at a revision from which a watch goes on': async (store) => {
    await store.create('a/1', {});
    const { revision } = await store.list('a/');
    await store.create('a/2', {});
    const events = await readWatch(store, 'a/', { from: revision }, (seen) => seen.length >= 2);
    assert.deepEqual(keysOf(events, 'put'), ['a/2']);
  },
};

const watching: Readonly<Record<string, Run>> = {
  'watches what there is, then says synced, then what comes': async (store) => {
    const first = await store.create('a/1', { n: 1 });
    const events: WatchEvent[] = [];
    for await (const event of store.watch('a/', { signal: new AbortController().signal })) {
      events.push(event);
      if (event.type === 'synced') {
        const second = await store.create('a/2', { n: 2 });
        await store.create('other/1', {});
        await store.update('a/2', { n: 3 }, second);
        await store.delete('a/1', first);
      }
      if (event.type === 'delete') break;
    }
    assert.deepEqual(
      events.map(({ type }) => type),
      ['put', 'synced', 'put', 'put', 'delete'],
    );
    assert.deepEqual(keysOf(events, 'put'), ['a/1', 'a/2', 'a/2']);
  },
  'says synced for an empty prefix too': async (store) => {
    const events = await readWatch(store, 'a/', {}, (seen) => seen.length >= 1);
    assert.equal(events[0]?.type, 'synced');
  },
  'tells the last value of what was deleted, and the revision of the deletion': async (store) => {
    const revision = await store.create('a/1', { last: true });
    await store.delete('a/1', undefined);
    const events = await readWatch(store, 'a/', { from: revision }, (seen) => seen.length >= 1);
    const [event] = events;
    assert.ok(event?.type === 'delete' && event.revision > revision);
    assert.deepEqual(event.value, { last: true });
  },
  'delivers the changes of a key in order, while they are made': async (store) => {
    let revision = await store.create('a/1', { n: 0 });
    const writing = (async () => {
      for (let n = 1; n <= 200; n += 1) revision = await store.update('a/1', { n }, revision);
    })();
    const isLast = (event: WatchEvent | undefined) => event?.type === 'put' && hasNumber(event.value, 200);
    const events = await readWatch(store, 'a/', {}, (seen) => isLast(seen.at(-1)));
    await writing;
    const revisions = events.filter(({ type }) => type === 'put').map((event) => event.revision);
    assert.deepEqual(
      revisions,
      [...new Set(revisions)].sort((a, b) => a - b),
    );
  },
  'ends a watch when its signal aborts, also one that nobody reads yet': async (store) => {
    await store.create('a/1', {});
    const controller = new AbortController();
    const idle = store.watch('a/', { signal: controller.signal });
    const ended = readWatch(store, 'a/', { signal: controller.signal }, () => false);
    await store.create('a/2', {});
    controller.abort();
    await ended;
    for await (const event of idle) assert.fail(`delivered after the abort: ${event.type}`);
  },
  'refuses to watch from a revision that does not exist yet with STORE_EXPIRED': async (store) => {
    const revision = await store.create('a/1', {});
    const watch = readWatch(store, 'a/', { from: revision + 1000 }, () => true);
    await assert.rejects(watch, { code: 'STORE_EXPIRED' });
  },
};

const closing: Readonly<Record<string, Run>> = {
  'refuses everything with STORE_CLOSED once it is closed, and ends its watches': async (store) => {
    const watch = readWatch(store, 'a/', {}, () => false);
    const ended = assert.rejects(watch, { code: 'STORE_CLOSED' });
    await store[Symbol.asyncDispose]();
    await ended;
    await assert.rejects(store.get('a/1'), { code: 'STORE_CLOSED' });
    await assert.rejects(store.create('a/1', {}), { code: 'STORE_CLOSED' });
  },
};

const durability: Readonly<Record<string, Run>> = {
  'has everything when it is opened again, and goes on with greater revisions': async (store, context) => {
    const writes = Array.from({ length: 50 }, (_, i) => store.create(`a/${i}`, { i }));
    const revisions = await Promise.all(writes);
    await store.update('a/1', { updated: true }, revisions[1] ?? 0);
    await store.delete('a/2', undefined);
    const before = await store.list('');
    await using again = (await context.reopen?.(store)) ?? store;
    const after = await again.list('');
    assert.deepEqual(after.entries, before.entries);
    assert.ok(after.revision >= before.revision);
    assert.ok((await again.create('a/new', {})) > before.revision);
  },
  'does not let a watch resume over a change that it has forgotten': async (store, context) => {
    const revision = await store.create('a/1', {});
    await store.delete('a/1', undefined);
    await using again = (await context.reopen?.(store)) ?? store;
    // Either the deletion is told, or the watcher is told to list again; silence would leave a ghost.
    const watch = readWatch(again, 'a/', { from: revision }, (seen) => seen.length >= 1);
    const outcome = await watch.catch((error: unknown) => error);
    if (!hasCode(outcome, 'STORE_EXPIRED'))
      assert.deepEqual(keysOf(outcome as WatchEvent[], 'delete'), ['a/1']);
  },
};

/** What every store has to keep, as cases: see `planConformance`. */
export const storeConformance: readonly ConformanceCase<StoreConformanceContext>[] = [
  ...Object.entries({ ...writing, ...sharing, ...listing, ...watching, ...closing }).map(bind),
  ...Object.entries(durability).map((entry) => ({
    ...bind(entry),
    needs: (context: StoreConformanceContext) => context.reopen !== undefined,
  })),
];

function bind([name, run]: [string, Run]): ConformanceCase<StoreConformanceContext> {
  return {
    name,
    async run(context) {
      await using store = await context.open();
      await run(store, context);
    },
  };
}

async function listKeys(store: Store, prefix: string): Promise<readonly string[]> {
  return (await store.list(prefix)).entries.map(({ key }: StoreEntry) => key);
}

/** Reads until `isEnough`, or to the end of the watch. */
async function readWatch(
  store: Store,
  prefix: string,
  options: Partial<WatchOptions>,
  isEnough: (seen: readonly WatchEvent[]) => boolean,
): Promise<readonly WatchEvent[]> {
  const events: WatchEvent[] = [];
  for await (const event of store.watch(prefix, { signal: new AbortController().signal, ...options })) {
    events.push(event);
    if (isEnough(events)) break;
  }
  return events;
}

function keysOf(events: readonly WatchEvent[], type: 'put' | 'delete'): readonly string[] {
  return events.flatMap((event) => (event.type === type ? [event.key] : []));
}

function hasNumber(value: object, n: number): boolean {
  return (value as { readonly n?: number }).n === n;
}

/** One attempt to add 1; false when another writer was faster. */
async function increment(store: Store, key: string): Promise<boolean> {
  const entry = await store.get(key);
  assert.ok(entry);
  const { n } = entry.value as { readonly n: number };
  try {
    await store.update(key, { n: n + 1 }, entry.revision);
    return true;
  } catch (error) {
    assert.ok(hasCode(error, 'CONFLICT'), String(error));
    return false;
  }
}
