import { afterEach, expect, it } from 'vitest';
import { fakeRuntime } from '../../../runtime-fake/src/index.ts';
import { type Cluster, createCluster } from '../../src/index.ts';
import { memoryVolumes } from '../../src/testing/memory-volumes.ts';

let cluster: Cluster;
afterEach(() => cluster?.close());

it('a pod that asks for room on the disk finds it on its node', async () => {
  cluster = await createCluster({
    ...{ plugins: [fakeRuntime()], nodes: [{ name: 'a' }], controllers: false },
    volumes: () => memoryVolumes(),
  });
  const limits = { 'ephemeral-storage': '1Mi' };
  await cluster.apply({
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' } },
    spec: { containers: [{ name: 'web', image: 'web', resources: { limits } }] },
  });
  await cluster.waitFor('Pod/default/web', 'PodScheduled', { timeoutMs: 10_000 });
  const node = await cluster.get('Node', undefined, 'a');
  expect(Number(node?.status?.allocatable?.['ephemeral-storage'])).toBeGreaterThan(1024 ** 2);
});
