import { describe, expect, it } from 'vitest';
import { fc } from '../../../../test/support/fast-check.ts';
import type { ConfigMap } from '../../src/api/objects.ts';
import type { Logger } from '../../src/contract/logger.ts';
import type { WatchEvent } from '../../src/contract/store.ts';
import { systemRandom } from '../../src/engine/system-clock.ts';
import { createInformer, type InformerHandler } from '../../src/store/informer.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { createObjectStore } from '../../src/store/object-store.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

function config(name: string, data: Record<string, string> = {}): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}

/** A store whose watches can be broken off, and kept from starting. */
function flakyStore() {
  const store = createMemoryStore();
  const breakers = new Set<(error: Error) => void>();
  const state = { isDown: false, watches: 0 };
  const watch = store.watch.bind(store);
  store.watch = (prefix, options) => {
    state.watches += 1;
    if (state.isDown) throw new Error('store is down');
    return breakable(watch(prefix, options));
  };
  async function* breakable(events: AsyncIterable<WatchEvent>): AsyncIterable<WatchEvent> {
    let fail: (error: Error) => void = () => {};
    const broken = new Promise<never>((_, reject) => {
      fail = reject;
      breakers.add(reject);
    });
    broken.catch(() => {});
    const iterator = events[Symbol.asyncIterator]();
    try {
      for (;;) {
        const result = await Promise.race([iterator.next(), broken]);
        if (result.done) return;
        yield result.value;
      }
    } finally {
      breakers.delete(fail);
      await iterator.return?.();
    }
  }
  const breakAll = () => {
    for (const fail of breakers) fail(new Error('cut'));
  };
  return { store, state, breakAll };
}

function harness(handler: InformerHandler<ConfigMap> = {}, logger?: Logger) {
  const flaky = flakyStore();
  const clock = new TestClock();
  const objects = createObjectStore({ store: flaky.store, clock, random: systemRandom });
  const controller = new AbortController();
  const log: string[] = [];
  const start = () => {
    const informer = createInformer({
      objects,
      kind: 'ConfigMap',
      clock,
      signal: controller.signal,
      indices: {
        color: (object) => object.data?.['color'],
        tags: (object) => object.data?.['tags']?.split(','),
      },
      ...(logger === undefined ? {} : { logger }),
    });
    informer.subscribe(handler);
    informer.subscribe({
      onUpsert: (object, old) => log.push(`${old === undefined ? '+' : '~'}${object.metadata.name}`),
      onDelete: (object) => log.push(`-${object.metadata.name}`),
    });
    return informer;
  };
  return { ...flaky, clock, objects, controller, log, start };
}

describe('the informer', () => {
  it('has everything when it is synced, and follows what comes', async () => {
    const { objects, clock, log, start } = harness();
    await objects.create(config('a'));
    const informer = start();
    await informer.synced;
    expect(log).toEqual(['+a']);
    const b = await objects.create(config('b'));
    await objects.update({ ...b, data: { x: '1' } });
    await objects.delete('ConfigMap', 'default', 'a');
    await clock.advanceBy(0);
    expect(log).toEqual(['+a', '+b', '~b', '-a']);
    expect(informer.list().map(({ metadata }) => metadata.name)).toEqual(['b']);
    expect(informer.get('default', 'b')?.data).toEqual({ x: '1' });
    expect(informer.get(undefined, 'a')).toBeUndefined();
  });

  it('goes on after an object that breaks an index, and keeps what it knew of it', async () => {
    const { store, objects, clock, start } = harness();
    await objects.create(config('a', { color: 'red', tags: 'x,y' }));
    const informer = start();
    await informer.synced;
    const broken = { ...config('a'), metadata: { name: 'a', namespace: 'default' }, data: { tags: 7 } };
    const entry = await store.get('configmaps/default/a');
    const { uid } = (await objects.get('ConfigMap', 'default', 'a'))?.metadata ?? {};
    const revision = await store.update(
      'configmaps/default/a',
      { ...broken, metadata: { ...broken.metadata, uid } },
      entry?.revision ?? 0,
    );
    await objects.create(config('b', { tags: 'y' }));
    await clock.advanceBy(0);
    expect(informer.byIndex('tags', 'y').map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
    await store.delete('configmaps/default/a', revision);
    await clock.advanceBy(0);
    expect(informer.list().map(({ metadata }) => metadata.name)).toEqual(['b']);
    expect(informer.byIndex('color', 'red')).toEqual([]);
  });

  it('finds objects by index, as they are now', async () => {
    const { objects, clock, start } = harness();
    const a = await objects.create(config('a', { color: 'red', tags: 'x,y' }));
    await objects.create(config('b', { color: 'red' }));
    const informer = start();
    await informer.synced;
    const names = (index: string, value: string) =>
      informer.byIndex(index, value).map(({ metadata }) => metadata.name);
    expect(names('color', 'red')).toEqual(['a', 'b']);
    expect(names('tags', 'y')).toEqual(['a']);
    await objects.update({ ...a, data: { color: 'blue' } });
    await objects.delete('ConfigMap', 'default', 'b');
    await clock.advanceBy(0);
    expect(names('color', 'red')).toEqual([]);
    expect(names('color', 'blue')).toEqual(['a']);
    expect(names('tags', 'y')).toEqual([]);
    expect(() => informer.byIndex('colour', 'red')).toThrow('no index "colour"');
  });

  it('tells a handler that comes later of all that is known', async () => {
    const { objects, start } = harness();
    await objects.create(config('a'));
    const informer = start();
    await informer.synced;
    const seen: string[] = [];
    const unsubscribe = informer.subscribe({ onUpsert: ({ metadata }) => seen.push(metadata.name) });
    expect(seen).toEqual(['a']);
    unsubscribe();
    await objects.create(config('b'));
    expect(seen).toEqual(['a']);
  });

  it('notices after a cut what was deleted, changed and added meanwhile, and nothing else', async () => {
    const { objects, clock, log, start, state, breakAll } = harness();
    const kept = ['same', 'changed', 'deleted', 'replaced'];
    for (const name of kept) await objects.create(config(name));
    const informer = start();
    await informer.synced;
    log.length = 0;
    state.isDown = true;
    breakAll();
    await clock.advanceBy(1000);
    await objects.update(config('changed', { x: '1' }));
    await objects.delete('ConfigMap', 'default', 'deleted');
    await objects.delete('ConfigMap', 'default', 'replaced');
    await objects.create(config('replaced'));
    await objects.create(config('added'));
    await clock.advanceBy(1000);
    expect(log).toEqual([]);
    state.isDown = false;
    await clock.advanceBy(60_000);
    expect(log.sort()).toEqual(['+added', '+replaced', '-deleted', '-replaced', '~changed']);
  });

  it('pauses longer and longer while the store is down', async () => {
    const { clock, start, state } = harness();
    state.isDown = true;
    start();
    await clock.advanceBy(600_000);
    expect(state.watches).toBeGreaterThan(20);
    expect(state.watches).toBeLessThan(40);
  });

  it('goes on when a handler throws', async () => {
    const errors: unknown[] = [];
    const logger: Logger = {
      debug() {},
      info() {},
      warn() {},
      error: (fields) => errors.push(fields),
      child: () => logger,
    };
    const handler = {
      onUpsert: () => {
        throw new Error('broken handler');
      },
    };
    const { objects, log, start } = harness(handler, logger);
    await objects.create(config('a'));
    await objects.create(config('b'));
    await start().synced;
    expect(log).toEqual(['+a', '+b']);
    expect(errors).toHaveLength(2);
  });

  it('ends with its signal, also before it is synced', async () => {
    const { controller, clock, start, state } = harness();
    state.isDown = true;
    const informer = start();
    controller.abort(new Error('enough'));
    await expect(informer.synced).rejects.toThrow('enough');
    await informer.done;
    expect(clock.pending).toBe(0);
  });

  it('ends up with what the store holds, whatever is written and cut in whatever order', async () => {
    const step = fc.record({
      name: fc.constantFrom('a', 'b', 'c'),
      act: fc.constantFrom('create', 'update', 'delete', 'cut', 'down', 'up'),
      waitMs: fc.constantFrom(0, 0, 50, 500),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const { objects, clock, start, state, breakAll, controller } = harness();
        const told = new Map<string, string>();
        const surprises: string[] = [];
        const informer = start();
        informer.subscribe({
          onUpsert: ({ metadata }, old) => {
            if (told.get(metadata.name) !== old?.metadata.uid) surprises.push(`upsert of ${metadata.name}`);
            told.set(metadata.name, metadata.uid);
          },
          onDelete: ({ metadata }) => {
            if (told.get(metadata.name) !== metadata.uid) surprises.push(`delete of ${metadata.name}`);
            told.delete(metadata.name);
          },
        });
        let n = 0;
        for (const { name, act, waitMs } of steps) {
          n += 1;
          if (act === 'create') await objects.create(config(name)).catch(() => {});
          if (act === 'update') await objects.update(config(name, { n: String(n) })).catch(() => {});
          if (act === 'delete') await objects.delete('ConfigMap', 'default', name).catch(() => {});
          if (act === 'cut') breakAll();
          if (act === 'down' || act === 'up') state.isDown = act === 'down';
          await clock.advanceBy(waitMs);
        }
        state.isDown = false;
        await clock.advanceBy(60_000);
        const { items } = await objects.list('ConfigMap');
        expect([...informer.list()].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))).toEqual(
          items,
        );
        expect(Object.fromEntries(told)).toEqual(
          Object.fromEntries(items.map(({ metadata }) => [metadata.name, metadata.uid])),
        );
        expect(surprises).toEqual([]);
        controller.abort();
        await informer.done;
      }),
      { numRuns: 60 },
    );
  });
});
