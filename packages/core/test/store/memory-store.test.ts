import { describe, expect, it } from 'vitest';
import { fc } from '../../../../test/support/fast-check.ts';
import type { WatchEvent } from '../../src/contract/store.ts';
import { deepFreeze } from '../../src/store/deep-freeze.ts';
import { EntryTable } from '../../src/store/entry-table.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { planConformance } from '../../src/testing/conformance-case.ts';
import { storeConformance } from '../../src/testing/store-conformance.ts';

describe('the memory store', () => {
  const plan = planConformance(storeConformance, { open: () => createMemoryStore() });
  for (const { name, skipReason, run } of plan) it.skipIf(skipReason !== undefined)(name, run);

  it('gives out the very object that it was given', async () => {
    const store = createMemoryStore();
    const value = { a: 1 };
    await store.create('a/1', value);
    expect((await store.get('a/1'))?.value).toBe(value);
  });

  it('resumes a watch within its history, and says so when that is too short', async () => {
    const store = createMemoryStore({ historyMax: 3 });
    for (let i = 1; i <= 5; i += 1) await store.create(`a/${i}`, {});
    const signal = new AbortController().signal;
    const seen: WatchEvent[] = [];
    for await (const event of store.watch('a/', { from: 2, signal })) {
      seen.push(event);
      if (event.type === 'synced') break;
    }
    expect(seen.map(({ revision }) => revision)).toEqual([3, 4, 5, 5]);
    const tooOld = store.watch('a/', { from: 1, signal })[Symbol.asyncIterator]();
    await expect(tooOld.next()).rejects.toMatchObject({ code: 'STORE_EXPIRED' });
  });

  it('tells a watcher that fell behind to list again, instead of losing changes in silence', async () => {
    const store = createMemoryStore({ pendingMax: 10 });
    const slow = store.watch('a/', { signal: new AbortController().signal })[Symbol.asyncIterator]();
    for (let i = 0; i < 20; i += 1) await store.create(`a/${i}`, {});
    expect((await slow.next()).value).toMatchObject({ type: 'synced' });
    await expect(slow.next()).rejects.toMatchObject({ code: 'STORE_EXPIRED' });
  });

  it('agrees with a plain map after any sequence of writes', async () => {
    const op = fc.record({
      key: fc.constantFrom('a/1', 'a/2', 'b/1', 'b/2/x'),
      kind: fc.constantFrom('create', 'update', 'stale update', 'delete'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(op, { maxLength: 40 }), async (ops) => {
        const store = createMemoryStore();
        const model = new Map<string, { readonly n: number; readonly revision: number }>();
        let n = 0;
        for (const { key, kind } of ops) {
          n += 1;
          const current = model.get(key);
          const expected = (current?.revision ?? 1) + (kind === 'stale update' ? 1 : 0);
          if (kind === 'create') {
            const revision = await store.create(key, { n }).catch(() => undefined);
            expect(revision === undefined).toBe(current !== undefined);
            if (revision !== undefined) model.set(key, { n, revision });
          } else if (kind === 'delete') {
            await store.delete(key, undefined);
            model.delete(key);
          } else {
            const revision = await store.update(key, { n }, expected).catch(() => undefined);
            expect(revision === undefined).toBe(current === undefined || kind === 'stale update');
            if (revision !== undefined) model.set(key, { n, revision });
          }
        }
        const { entries } = await store.list('');
        const wanted = [...model].sort(([a], [b]) => (a < b ? -1 : 1));
        expect(entries).toEqual(
          wanted.map(([key, { n: value, revision }]) => ({ key, value: { n: value }, revision })),
        );
      }),
    );
  });
});

describe('an entry table', () => {
  it.each([1, 7, 400])('lists by prefix like a sorted array does, looked at every %d changes', (each) => {
    const table = new EntryTable();
    const model = new Map<string, number>();
    let seed = 1;
    const next = (limit: number) => {
      seed = (seed * 16807) % 2147483647;
      return seed % limit;
    };
    const check = (prefix: string) => {
      const found = table.list(prefix).map(({ key, revision }) => `${key} ${revision}`);
      const wanted = [...model.keys()].filter((key) => key.startsWith(prefix)).sort();
      expect(found).toEqual(wanted.map((key) => `${key} ${model.get(key)}`));
    };
    for (let i = 0; i < 20_000; i += 1) {
      const key = `${'abc'[next(3)]}/${next(5000)}`;
      if (next(4) === 0) {
        table.remove(key);
        model.delete(key);
      } else {
        table.put({ key, value: {}, revision: i });
        model.set(key, i);
      }
      if (i % each === 0) table.list(`${'abc'[next(3)]}/${next(50)}`);
      if (i % 1000 === 0) check('a/1');
    }
    for (const prefix of ['', 'a/', 'b/', 'b/12', 'c/9', 'd/']) check(prefix);
    expect(table.size).toBe(model.size);
  });
});

describe('deepFreeze', () => {
  it('freezes new parts around frozen ones, and survives a circle', () => {
    const old = Object.freeze({ deep: Object.freeze({ n: 1 }) });
    const circle: Record<string, unknown> = { old, list: [{ n: 1 }] };
    circle['self'] = circle;
    deepFreeze(circle);
    expect(Object.isFrozen((circle['list'] as object[])[0])).toBe(true);
    expect(Object.isFrozen(circle)).toBe(true);
  });

  it('freezes the parts of an object that was frozen at the top only', () => {
    const value = Object.freeze({ part: { n: 1 } });
    deepFreeze(value);
    expect(Object.isFrozen(value.part)).toBe(true);
  });

  it.each([[() => 1], [Symbol('s')], [1n]])('refuses %s', (child) => {
    expect(() => deepFreeze({ child })).toThrow('a stored value cannot hold a');
  });
});
