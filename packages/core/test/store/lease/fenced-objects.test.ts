import { expect, it } from 'vitest';
import type { ConfigMap } from '../../../src/api/objects.ts';
import type { Store } from '../../../src/contract/store.ts';
import { systemRandom } from '../../../src/engine/system-clock.ts';
import { fencedObjects } from '../../../src/store/lease/fenced-objects.ts';
import { createMemoryStore } from '../../../src/store/memory-store.ts';
import { createObjectStore } from '../../../src/store/object-store.ts';
import { TestClock } from '../../../src/testing/test-clock.ts';

const config: ConfigMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a' },
  data: { by: 'nobody' },
};

async function scene(store: Store = createMemoryStore()) {
  const objects = createObjectStore({
    store,
    clock: new TestClock(),
    random: systemRandom,
  });
  await objects.create(config);
  const right = { isHeld: true };
  const fenced = fencedObjects(objects, () => right.isHeld, 'the right is gone');
  const patch = (to: typeof objects, by: string) =>
    to.patchWith('ConfigMap', 'default', 'a', (current) => ({ ...current, data: { by } }));
  const by = async () => (await objects.get('ConfigMap', 'default', 'a'))?.data?.['by'];
  return { objects, fenced, right, patch, by };
}

it('writes while the right to is held, and is refused afterwards', async () => {
  const { fenced, right, patch, by } = await scene();
  await patch(fenced, 'us');
  right.isHeld = false;
  await expect(patch(fenced, 'us again')).rejects.toMatchObject({
    code: 'ABORTED',
    message: 'the right is gone',
  });
  expect(await by()).toBe('us');
});

it('does not try once more what others were faster with, when the right has gone meanwhile', async () => {
  const store = createMemoryStore();
  const { fenced, right, patch, by } = await scene({
    ...store,
    get: (key) => store.get(key),
    create: (key, value) => store.create(key, value),
    async update(key, value, expected) {
      // The process is paused between its look and its write.
      right.isHeld = false;
      await store.update(key, { ...value, data: { by: 'others' } }, expected);
      return await store.update(key, value, expected);
    },
  } as Store);
  await expect(patch(fenced, 'us')).rejects.toMatchObject({ code: 'ABORTED' });
  expect(await by()).toBe('others');
});
