import { describe, expect, it } from 'vitest';
import type { Informer } from '../../src/store/informer.ts';
import { createInformerSet } from '../../src/store/informer-set.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import type { UnusableValue } from '../../src/store/object-reader.ts';
import { createObjectStore } from '../../src/store/object-store.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

function scene() {
  const clock = new TestClock();
  const store = createMemoryStore();
  const told: UnusableValue[] = [];
  const onUnusable = (value: UnusableValue) => void told.push(value);
  const objects = createObjectStore({ store, clock, random: new SeededRandom('reader'), onUnusable });
  return { clock, store, told, objects };
}

const podOf = (name: string, labels?: unknown) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', uid: `uid of ${name}`, ...(labels !== undefined && { labels }) },
  spec: { containers: [{ name: 'main', image: 'i' }] },
});

describe('a value that is no object of its kind', () => {
  it('is not shown, and told once; what lies beside it is shown', async () => {
    const { store, told, objects } = scene();
    await store.create('pods/default/good', podOf('good'));
    await store.create('pods/default/bad', { kind: 'Pod', metadata: { name: 'bad' } });
    await store.create('pods/default/other', podOf('misnamed'));
    for (let i = 0; i < 3; i += 1) {
      const { items } = await objects.list('Pod');
      expect(items.map(({ metadata }) => metadata.name)).toEqual(['good']);
      expect(await objects.get('Pod', 'default', 'bad')).toBeUndefined();
    }
    expect(told).toEqual([
      { key: 'pods/default/bad', revision: 2, why: 'spec: must be an object' },
      { key: 'pods/default/other', revision: 3, why: 'metadata.name: must be that of pods/default/other' },
    ]);
  });

  it('takes no object out of a cache, and its end does', async () => {
    const { clock, store, objects } = scene();
    const good = await store.create('pods/default/good', podOf('good'));
    const { signal } = new AbortController();
    const pods: Informer<{ metadata: { name: string } }> = createInformerSet({ objects, clock, signal }).of(
      'Pod',
    );
    await clock.advanceBy(0);
    const names = () => pods.list().map(({ metadata }) => metadata.name);
    await store.create('pods/default/bad', podOf('bad', 'no labels'));
    const broken = await store.update('pods/default/good', { kind: 'Pod' }, good);
    await store.create('pods/default/next', podOf('next'));
    await clock.advanceBy(0);
    expect(names()).toEqual(['good', 'next']);
    await store.delete('pods/default/good', broken);
    await store.delete('pods/default/bad', undefined);
    await clock.advanceBy(0);
    expect(names()).toEqual(['next']);
  });
});
