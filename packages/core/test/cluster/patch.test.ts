import { describe, expect, it } from 'vitest';
import { patchObject } from '../../src/cluster/patch.ts';
import { hasCode } from '../../src/contract/error.ts';
import { systemRandom } from '../../src/engine/system-clock.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { createObjectStore } from '../../src/store/object-store.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

async function withPod() {
  const objects = createObjectStore({
    store: createMemoryStore(),
    clock: new TestClock(),
    random: systemRandom,
  });
  const pod = await objects.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', labels: { app: 'web' } },
    spec: { containers: [{ name: 'a', image: 'a:1' }] },
    status: { phase: 'Pending' },
  });
  return { objects, pod };
}

describe('patching a stored object', () => {
  it('merges by the names of list items, unless it is to be a plain merge', async () => {
    const { objects } = await withPod();
    const patch = {
      spec: {
        containers: [
          { name: 'a', image: 'a:2' },
          { name: 'b', image: 'b:1' },
        ],
      },
    };
    await patchObject(objects, 'Pod/default/web', patch);
    const replaced = await patchObject(
      objects,
      'Pod/default/web',
      {
        metadata: { labels: { app: null, tier: 'front' } },
        spec: { containers: [{ name: 'b', image: 'b:2' }] },
      },
      { type: 'merge' },
    );
    expect(replaced).toMatchObject({
      metadata: { labels: { tier: 'front' }, generation: 3 },
      spec: { containers: [{ name: 'b', image: 'b:2' }] },
    });
    expect(replaced.metadata.labels).toEqual({ tier: 'front' });
  });

  it('keeps spec and status apart', async () => {
    const { objects } = await withPod();
    const both = { spec: { hostname: 'h' }, status: { phase: 'Running' } };
    expect(await patchObject(objects, 'Pod/default/web', both)).toMatchObject({
      spec: { hostname: 'h' },
      status: { phase: 'Pending' },
    });
    const status = { spec: { hostname: 'x' }, status: { phase: 'Running' } };
    expect(await patchObject(objects, 'Pod/default/web', status, { subresource: 'status' })).toMatchObject({
      spec: { hostname: 'h' },
      status: { phase: 'Running' },
    });
  });

  it('is refused when it was made for another state', async () => {
    const { objects, pod } = await withPod();
    const { resourceVersion } = pod.metadata;
    await patchObject(objects, 'Pod/default/web', { metadata: { resourceVersion, labels: { a: '1' } } });
    const late = patchObject(objects, 'Pod/default/web', {
      metadata: { resourceVersion, labels: { a: '2' } },
    });
    await expect(late).rejects.toSatisfy((error) => hasCode(error, 'CONFLICT'));
  });

  it('that cannot be applied names the field', async () => {
    const { objects } = await withPod();
    const bad = patchObject(objects, 'Pod/default/web', { spec: { containers: [{ image: 'x' }] } });
    await expect(bad).rejects.toThrow('Pod "web" is invalid: spec.containers[0].name: Required value');
    const missing = patchObject(objects, 'Pod/default/nobody', {});
    await expect(missing).rejects.toSatisfy((error) => hasCode(error, 'NOT_FOUND'));
  });
});
