import type { Store } from '@mooring/core';
import { createMemoryStore } from '@mooring/core';
import { exits, runsForever } from '@mooring/runtime-fake';
import { afterEach, expect, test } from 'vitest';
import { type AgentRig, agentRig, podOf } from './support/agent-rig.ts';

let rig: AgentRig;
afterEach(() => rig[Symbol.asyncDispose]());

/** A store of which a replica that is behind answers what is asked of pods, as long as it is told to. */
function staleStore(): { readonly store: Store; isBehind: boolean } {
  const inner = createMemoryStore();
  const stale: ReturnType<typeof staleStore> = {
    isBehind: false,
    store: {
      get: async (key, signal) =>
        stale.isBehind && key.startsWith('pods/') ? undefined : await inner.get(key, signal),
      list: (prefix, signal) => inner.list(prefix, signal),
      create: (key, value, signal) => inner.create(key, value, signal),
      update: (key, value, expected, signal) => inner.update(key, value, expected, signal),
      delete: (key, expected, signal) => inner.delete(key, expected, signal),
      watch: (prefix, options) => inner.watch(prefix, options),
      [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
    },
  };
  return stale;
}

test('the end of a pod is told, though the store did not know the pod when it came', async () => {
  const stale = staleStore();
  rig = await agentRig({ store: stale.store, images: { brief: { run: exits(0, 30_000) } } });
  await rig.cluster.apply(podOf({ image: 'brief', restartPolicy: 'Never' }));
  await rig.pass(20_000);
  stale.isBehind = true;
  await rig.pass(15_000);
  stale.isBehind = false;
  expect((await rig.status()).phase).toBe('Running');
  await rig.pass(2000);
  expect((await rig.status()).phase).toBe('Succeeded');
});

test('a pod that is over goes, though the store did not know it when its last container ended', async () => {
  const stale = staleStore();
  rig = await agentRig({ store: stale.store, images: { app: { run: runsForever } } });
  await rig.cluster.apply(podOf());
  await rig.pass(20_000);
  await rig.cluster.delete('Pod', 'default', 'web');
  stale.isBehind = true;
  await rig.pass(60_000);
  stale.isBehind = false;
  await rig.pass(2000);
  expect(await rig.cluster.list('Pod')).toEqual([]);
});
