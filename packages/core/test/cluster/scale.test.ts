import { describe, expect, it } from 'vitest';
import type { ApiObject } from '../../src/api/meta.ts';
import { type Scalable, scaleOf } from '../../src/api/scale.ts';
import { scaleObject } from '../../src/cluster/scale.ts';
import { systemRandom } from '../../src/engine/system-clock.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { createObjectStore } from '../../src/store/object-store.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [] } };
const metadata = { name: 'web', namespace: 'default' };
const replicaSet: Scalable = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata,
  spec: {
    selector: {
      matchLabels: { tier: 'front', app: 'web' },
      matchExpressions: [
        { key: 'env', operator: 'In', values: ['staging', 'production'] },
        { key: 'gone', operator: 'DoesNotExist' },
      ],
    },
    template,
  },
};
const controller: Scalable = {
  apiVersion: 'v1',
  kind: 'ReplicationController',
  metadata,
  spec: { replicas: 2, selector: { app: 'web', 'a/b': '' }, template },
};
const deployment: Scalable = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata,
  spec: { replicas: 5, selector: {}, template },
};

describe('the scale of an object', () => {
  it.each([
    { object: replicaSet, replicas: 1, selector: 'app=web,env in (production,staging),!gone,tier=front' },
    { object: controller, replicas: 2, selector: 'a/b=,app=web' },
    { object: deployment, replicas: 5, selector: undefined },
  ])('of a $object.kind', ({ object, replicas, selector }) => {
    expect(scaleOf(object)).toEqual({
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata,
      spec: { replicas },
      status: { replicas: 0, ...(selector !== undefined && { selector }) },
    });
  });

  it('carries the identity and the version of the object, and how many there are', () => {
    const identity = { uid: 'u', resourceVersion: '7', creationTimestamp: '2026-01-01T00:00:00Z' };
    const scale = scaleOf({
      ...controller,
      metadata: { ...metadata, ...identity, labels: { app: 'web' } },
      status: { replicas: 4 },
    });
    expect(scale.metadata).toEqual({ ...metadata, ...identity });
    expect(scale.status.replicas).toBe(4);
  });
});

describe('scaling', () => {
  async function stored(object: ApiObject = replicaSet) {
    const objects = createObjectStore({
      store: createMemoryStore(),
      clock: new TestClock(),
      random: systemRandom,
    });
    return { objects, created: await objects.create(object) };
  }

  it('changes the size and nothing else', async () => {
    const { objects, created } = await stored();
    const scale = await scaleObject(objects, 'ReplicaSet/default/web', 3);
    expect(scale).toMatchObject({ spec: { replicas: 3 }, metadata: { uid: created.metadata.uid } });
    const now = await objects.get('ReplicaSet', 'default', 'web');
    expect(now?.spec).toEqual({ ...replicaSet.spec, replicas: 3 });
    expect(now?.metadata.generation).toBe(2);
    expect(scale.metadata.resourceVersion).toBe(now?.metadata.resourceVersion);
  });

  it('is done when what the caller knows is still true', async () => {
    const { objects, created } = await stored();
    const { resourceVersion } = created.metadata;
    const scale = scaleObject(objects, 'ReplicaSet/default/web', 0, { currentReplicas: 1, resourceVersion });
    await expect(scale).resolves.toMatchObject({ spec: { replicas: 0 } });
  });

  it.each([
    { options: { currentReplicas: 4 }, message: 'Expected replicas to be 4, was 1' },
    { options: { resourceVersion: '99' }, message: /^Expected resource version to be 99, was \d+$/ },
  ])('is refused when it is not: $message', async ({ options, message }) => {
    const { objects } = await stored();
    const scale = scaleObject(objects, 'ReplicaSet/default/web', 3, options);
    await expect(scale).rejects.toThrow(message);
    await expect(scale).rejects.toMatchObject({ code: 'CONFLICT' });
    expect((await objects.get('ReplicaSet', 'default', 'web'))?.spec.replicas).toBeUndefined();
  });

  it.each([
    { replicas: -1, detail: 'Invalid value: -1: must be greater than or equal to 0' },
    { replicas: 1.5, detail: 'Invalid value: 1.5: must be an integer' },
    { replicas: Number.NaN, detail: 'Invalid value: NaN: must be an integer' },
  ])('is refused to $replicas', async ({ replicas, detail }) => {
    const { objects } = await stored();
    await expect(scaleObject(objects, 'ReplicaSet/default/web', replicas)).rejects.toMatchObject({
      code: 'INVALID',
      message: expect.stringContaining(`spec.replicas: ${detail}`),
    });
  });

  it('is refused for what has no size, and for what is not there', async () => {
    const { objects } = await stored({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
    await expect(scaleObject(objects, 'ConfigMap/default/web', 1)).rejects.toMatchObject({ code: 'INVALID' });
    await expect(scaleObject(objects, 'ReplicaSet/default/web', 1)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});
