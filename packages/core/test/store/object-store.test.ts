import { describe, expect, it } from 'vitest';
import type { ApiObject } from '../../src/api/meta.ts';
import type { ConfigMap } from '../../src/api/objects.ts';
import type { Pod } from '../../src/api/pod.ts';
import { MooringError } from '../../src/contract/error.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { type Admission, createObjectStore, type ObjectEvent } from '../../src/store/object-store.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

function harness(admit?: Admission) {
  const store = createMemoryStore();
  const clock = new TestClock();
  let uids = 0;
  let draws = 0;
  const random = { next: () => (draws++ % 27) / 27, uuid: () => `uid-${++uids}` };
  const objects = createObjectStore({ store, clock, random, ...(admit === undefined ? {} : { admit }) });
  return { store, clock, objects };
}

function pod(name = 'web', more: Partial<Pod> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [{ name: 'c', image: 'i' }], nodeName: 'node-a', terminationGracePeriodSeconds: 30 },
    ...more,
  };
}

const config: ConfigMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings' },
  data: { a: '1' },
};

describe('creating', () => {
  it('fills in what the store is responsible for', async () => {
    const { objects } = harness();
    const created = await objects.create(pod());
    expect(created.metadata).toEqual({
      name: 'web',
      namespace: 'default',
      uid: 'uid-1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      generation: 1,
      resourceVersion: '1',
    });
    expect(await objects.get('Pod', 'default', 'web')).toBe(created);
  });

  it('puts a kind without namespaces into none, and counts no generation where there is no spec', async () => {
    const { objects, store } = harness();
    await objects.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a', namespace: 'x' } });
    expect((await store.get('nodes/node-a'))?.value).not.toHaveProperty('metadata.namespace');
    expect((await objects.create(config)).metadata).not.toHaveProperty('generation');
  });

  it('makes a name from generateName, another one when it is taken', async () => {
    const { objects } = harness();
    const generated = { ...pod(), metadata: { generateName: 'web-' } };
    const names = [];
    for (let i = 0; i < 3; i += 1) names.push((await objects.create(generated)).metadata.name);
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  it('takes the UID that it is given for an object that is identified elsewhere', async () => {
    const { objects } = harness();
    expect((await objects.create(pod(), { uid: 'static-1' })).metadata.uid).toBe('static-1');
  });

  it.each([
    ['a name that is taken', pod(), 'ALREADY_EXISTS', 'pods "web" already exists'],
    [
      'no name',
      { ...pod(), metadata: {} },
      'INVALID',
      'Pod is invalid: metadata.name: Required value: name or generateName is required',
    ],
    [
      'a resource version',
      { ...pod('b'), metadata: { name: 'b', resourceVersion: '1' } },
      'INVALID',
      'resourceVersion should not be set on objects to be created',
    ],
  ])('refuses %s', async (_, object, code, message) => {
    const { objects } = harness();
    await objects.create(pod());
    await expect(objects.create(object)).rejects.toMatchObject({ code, message });
  });

  it('writes what admission makes of the object, and nothing when it is refused', async () => {
    const { objects } = harness((object) => {
      if (object.metadata.labels?.['bad'] !== undefined) throw new MooringError('INVALID', 'no');
      return { ...object, metadata: { ...object.metadata, labels: { defaulted: 'yes' } } };
    });
    expect((await objects.create(pod())).metadata.labels).toEqual({ defaulted: 'yes' });
    const refused = objects.create({ ...pod('b'), metadata: { name: 'b', labels: { bad: '' } } });
    await expect(refused).rejects.toMatchObject({ code: 'INVALID' });
    expect(await objects.get('Pod', 'default', 'b')).toBeUndefined();
  });
});

describe('reading', () => {
  it('gives the same JavaScript object for the same state, wherever it is read', async () => {
    const { objects } = harness();
    const created = await objects.create(pod());
    const listed = await objects.list('Pod');
    expect(listed.items[0]).toBe(created);
    const watch = objects.watch('Pod', undefined, { signal: new AbortController().signal });
    const { value: event } = await watch[Symbol.asyncIterator]().next();
    expect(event?.type === 'put' && event.object).toBe(created);
  });

  it('gives frozen objects', async () => {
    const { objects } = harness();
    const created = await objects.create(pod());
    expect(Object.isFrozen(created)).toBe(true);
    expect(Object.isFrozen(created.spec.containers)).toBe(true);
  });

  it('lists a namespace or all, with a filter', async () => {
    const { objects } = harness();
    for (const [namespace, name] of [
      ['a', 'x'],
      ['a', 'y'],
      ['b', 'x'],
    ])
      await objects.create({ ...pod(), metadata: { name: name ?? '', namespace: namespace ?? '' } });
    expect((await objects.list('Pod', 'a')).items).toHaveLength(2);
    expect((await objects.list('Pod')).items).toHaveLength(3);
    const filter = (object: ApiObject) => object.metadata.name === 'x';
    expect((await objects.list('Pod', undefined, { filter })).items).toHaveLength(2);
  });

  it('leaves out what is no API object', async () => {
    const { objects, store } = harness();
    await store.create('pods/default/broken', { nonsense: true });
    await objects.create(pod());
    expect((await objects.list('Pod')).items).toHaveLength(1);
    expect(await objects.get('Pod', 'default', 'broken')).toBeUndefined();
  });

  it('watches put and delete, each with the resource version of the change', async () => {
    const { objects } = harness();
    const events: ObjectEvent<Pod>[] = [];
    for await (const event of objects.watch('Pod', 'default', { signal: new AbortController().signal })) {
      events.push(event);
      if (event.type === 'synced') {
        await objects.create(pod());
        await objects.delete('Pod', 'default', 'web', { gracePeriodSeconds: 0 });
      }
      if (event.type === 'delete') break;
    }
    expect(events.map(({ type, revision }) => [type, revision])).toEqual([
      ['synced', 0],
      ['put', 1],
      ['delete', 2],
    ]);
    expect(events[2]).toMatchObject({ object: { metadata: { resourceVersion: '2' } } });
  });
});

describe('updating', () => {
  it('counts a generation for a change of the spec, and none for other changes', async () => {
    const { objects } = harness();
    const created = await objects.create(pod());
    const labelled = await objects.update({
      ...created,
      metadata: { ...created.metadata, labels: { a: 'b' } },
    });
    expect(labelled.metadata).toMatchObject({ generation: 1, labels: { a: 'b' }, uid: 'uid-1' });
    const moved = await objects.update({ ...labelled, spec: { ...labelled.spec, nodeName: 'node-b' } });
    expect(moved.metadata.generation).toBe(2);
  });

  it('leaves the status alone, and an update of the status leaves everything else alone', async () => {
    const { objects } = harness();
    const created = await objects.create(pod());
    const status = await objects.updateStatus({
      ...created,
      status: { phase: 'Running' },
      spec: { containers: [] },
      metadata: { ...created.metadata, labels: { ignored: '' } },
    });
    expect(status).toMatchObject({ status: { phase: 'Running' }, spec: created.spec });
    expect(status.metadata.labels).toBeUndefined();
    const { resourceVersion: _, ...metadata } = created.metadata;
    const updated = await objects.update({ ...pod(), metadata, status: { phase: 'Failed' } });
    expect(updated.status).toEqual({ phase: 'Running' });
  });

  it('ignores an attempt to change what the store owns', async () => {
    const { objects } = harness();
    const created = await objects.create(pod());
    const updated = await objects.update({
      ...created,
      metadata: {
        ...created.metadata,
        generation: 99,
        creationTimestamp: 'x',
        deletionTimestamp: 'y',
        labels: {},
      },
    });
    expect(updated.metadata).toEqual({ ...created.metadata, labels: {}, resourceVersion: '2' });
  });

  it('writes nothing when nothing changed', async () => {
    const { objects } = harness();
    const created = await objects.create(pod());
    expect(await objects.update({ ...created, spec: { ...created.spec } })).toBe(created);
    const status = await objects.updateStatus({ ...created, status: { phase: 'Running' } });
    expect(
      await objects.updateStatus({ ...created, metadata: { name: 'web' }, status: { phase: 'Running' } }),
    ).toBe(status);
  });

  it.each(['update', 'updateStatus'] as const)('refuses a stale %s', async (verb) => {
    const { objects } = harness();
    const created = await objects.create(pod());
    await objects.updateStatus({ ...created, status: { phase: 'Pending' } });
    await expect(objects[verb]({ ...created, status: { phase: 'Running' } })).rejects.toMatchObject({
      code: 'CONFLICT',
      message:
        'Operation cannot be fulfilled on pods "web": the object has been modified; please apply your changes to the latest version and try again',
    });
  });

  it('refuses to write to the successor of the object that was meant', async () => {
    const { objects } = harness();
    const created = await objects.create(pod());
    await objects.delete('Pod', 'default', 'web', { gracePeriodSeconds: 0 });
    await objects.create(pod());
    const late = {
      ...created,
      metadata: { name: 'web', uid: 'uid-1' },
      status: { phase: 'Running' as const },
    };
    await expect(objects.updateStatus(late)).rejects.toMatchObject({
      code: 'CONFLICT',
      message:
        'Operation cannot be fulfilled on pods "web": Precondition failed: UID in precondition: uid-1, UID in object meta: uid-2',
    });
  });

  it('says what is not there', async () => {
    const { objects } = harness();
    await expect(objects.update(pod())).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'pods "web" not found',
    });
    const set = { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'web' } };
    await expect(objects.update(set)).rejects.toMatchObject({ message: 'replicasets.apps "web" not found' });
  });

  it('loses no change of concurrent patches', async () => {
    const { objects } = harness();
    await objects.create({ ...config, data: { n: '0' } });
    const add = () =>
      objects.patchWith('ConfigMap', 'default', 'settings', (current) => ({
        ...current,
        data: { n: String(Number(current.data?.['n']) + 1) },
      }));
    await Promise.all(Array.from({ length: 10 }, add));
    expect((await objects.get('ConfigMap', 'default', 'settings'))?.data).toEqual({ n: '10' });
  });

  it('patches the status only when told so, and writes nothing when nothing is given back', async () => {
    const { objects } = harness();
    const created = await objects.create(pod());
    const patched = await objects.patchWith(
      'Pod',
      'default',
      'web',
      (current) => ({ ...current, spec: { containers: [] }, status: { phase: 'Running' } }),
      { subresource: 'status' },
    );
    expect(patched).toMatchObject({ spec: created.spec, status: { phase: 'Running' } });
    expect(await objects.patchWith('Pod', 'default', 'web', () => undefined)).toBe(patched);
  });

  it('gives up a patch that is always overtaken', async () => {
    const { objects, store } = harness();
    await objects.create(pod());
    const update = store.update.bind(store);
    let overtaken = 0;
    store.update = async (key, value, expected) => {
      overtaken += 1;
      await update(key, { ...(await store.get(key))?.value, overtaken }, expected);
      return update(key, value, expected);
    };
    const patch = objects.patchWith('Pod', 'default', 'web', (current) => ({ ...current, apiVersion: 'v2' }));
    await expect(patch).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(overtaken).toBe(16);
  });
});

describe('deleting', () => {
  it('marks a running pod with the moment when it must be gone, and removes it when that is confirmed', async () => {
    const { objects } = harness();
    await objects.create(pod());
    const marked = await objects.delete('Pod', 'default', 'web');
    expect(marked.metadata).toMatchObject({
      deletionTimestamp: '2026-01-01T00:00:30Z',
      deletionGracePeriodSeconds: 30,
      generation: 2,
    });
    expect(await objects.get('Pod', 'default', 'web')).toBe(marked);
    expect(await objects.delete('Pod', 'default', 'web')).toBe(marked);
    await objects.delete('Pod', 'default', 'web', { gracePeriodSeconds: 0, uid: marked.metadata.uid });
    expect(await objects.get('Pod', 'default', 'web')).toBeUndefined();
  });

  it('removes other kinds at once', async () => {
    const { objects } = harness();
    await objects.create(config);
    await objects.delete('ConfigMap', 'default', 'settings');
    expect(await objects.get('ConfigMap', 'default', 'settings')).toBeUndefined();
  });

  it('waits for finalizers; the update that takes the last one off removes the object', async () => {
    const { objects } = harness();
    await objects.create({ ...config, metadata: { name: 'settings', finalizers: ['a/b'] } });
    const marked = await objects.delete('ConfigMap', 'default', 'settings');
    expect(marked.metadata.deletionTimestamp).toBe('2026-01-01T00:00:00Z');
    await objects.update({ ...marked, metadata: { ...marked.metadata, finalizers: [] } });
    expect(await objects.get('ConfigMap', 'default', 'settings')).toBeUndefined();
  });

  it('checks the UID and the resource version when they are given', async () => {
    const { objects } = harness();
    await objects.create(pod());
    const remove = (options: { uid?: string; resourceVersion?: string }) =>
      objects.delete('Pod', 'default', 'web', { gracePeriodSeconds: 0, ...options });
    await expect(remove({ uid: 'other' })).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(remove({ resourceVersion: '77' })).rejects.toMatchObject({ code: 'CONFLICT' });
    await remove({ uid: 'uid-1', resourceVersion: '1' });
  });

  it('says what is not there', async () => {
    const { objects } = harness();
    await expect(objects.delete('Pod', 'default', 'web')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'pods "web" not found',
    });
  });
});
