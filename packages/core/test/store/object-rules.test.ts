import { describe, expect, it } from 'vitest';
import type { ApiObject, ObjectMeta, OwnerReference } from '../../src/api/meta.ts';
import { MooringError } from '../../src/contract/error.ts';
import { systemRandom } from '../../src/engine/system-clock.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { createObjectStore, type ObjectStoreOptions } from '../../src/store/object-store.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

function storeWith(options: Partial<ObjectStoreOptions> = {}) {
  return createObjectStore({
    store: createMemoryStore(),
    clock: new TestClock(),
    random: systemRandom,
    ...options,
  });
}

function config(metadata: ObjectMeta = { name: 'c' }): ApiObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata };
}

function owner(name: string, more: Partial<OwnerReference> = {}): OwnerReference {
  return { apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid: `uid of ${name}`, ...more };
}

describe('a patch', () => {
  it.each<[string, Partial<ObjectMeta>, string, string]>([
    [
      'name',
      { name: 'd' },
      'INVALID',
      'ConfigMap "c" is invalid: metadata.name: Invalid value: "d": field is immutable',
    ],
    [
      'namespace',
      { namespace: 'shop' },
      'INVALID',
      'ConfigMap "c" is invalid: metadata.namespace: Invalid value: "shop": field is immutable',
    ],
    [
      'UID',
      { uid: 'other' },
      'CONFLICT',
      'Operation cannot be fulfilled on configmaps "c": Precondition failed: UID in precondition: other, UID in object meta: it',
    ],
  ])('of another %s than that of the object is refused', async (_, metadata, code, message) => {
    const objects = storeWith();
    await objects.create(config(), { uid: 'it' });
    for (const subresource of [undefined, 'status' as const]) {
      const patch = objects.patchWith(
        'ConfigMap',
        'default',
        'c',
        (now) => ({ ...now, metadata: { ...now.metadata, labels: { a: 'b' }, ...metadata } }),
        { ...(subresource && { subresource }) },
      );
      await expect(patch).rejects.toMatchObject({ code, message });
    }
    expect((await objects.get('ConfigMap', 'default', 'c'))?.metadata).not.toHaveProperty('labels');
  });

  it.each([[undefined], [null], ['c'], [[]]])('that leaves %j as metadata is refused', async (metadata) => {
    const objects = storeWith();
    await objects.create(config());
    const patch = objects.patchWith(
      'ConfigMap',
      'default',
      'c',
      (now) => ({ ...now, metadata }) as unknown as ApiObject,
    );
    await expect(patch).rejects.toMatchObject({
      code: 'INVALID',
      message: 'ConfigMap "c" is invalid: metadata: Required value',
    });
  });

  it('that makes another kind of the object is refused', async () => {
    const objects = storeWith();
    await objects.create(config());
    const patch = objects.patchWith('ConfigMap', 'default', 'c', (now) => ({ ...now, kind: 'Secret' }));
    await expect(patch).rejects.toMatchObject({
      code: 'INVALID',
      message: 'ConfigMap "c" is invalid: kind: Invalid value: "Secret": field is immutable',
    });
  });
});

describe('an object', () => {
  it('has one controller, whoever writes', async () => {
    const objects = storeWith();
    const ownerReferences = [owner('a', { controller: true }), owner('b')];
    await objects.create(config({ name: 'c', ownerReferences }));
    const adopt = objects.patchWith('ConfigMap', 'default', 'c', (now) => ({
      ...now,
      metadata: { ...now.metadata, ownerReferences: [...ownerReferences, owner('d', { controller: true })] },
    }));
    await expect(adopt).rejects.toMatchObject({
      code: 'INVALID',
      message: expect.stringContaining(
        'Only one reference can have Controller set to true. Found "true" in references for a and d',
      ),
    });
    const born = objects.create(
      config({ name: 'd', ownerReferences: [owner('a', { uid: '', name: '', kind: '', apiVersion: '' })] }),
    );
    await expect(born).rejects.toMatchObject({
      fields: [
        {
          field: 'metadata.ownerReferences[0].apiVersion',
          message: 'Invalid value: "": version must not be empty',
        },
        { field: 'metadata.ownerReferences[0].kind', message: 'Invalid value: "": must not be empty' },
        { field: 'metadata.ownerReferences[0].name', message: 'Invalid value: "": must not be empty' },
        { field: 'metadata.ownerReferences[0].uid', message: 'Invalid value: "": must not be empty' },
      ],
    });
  });

  it('that is being deleted is kept by nothing new', async () => {
    const objects = storeWith();
    await objects.create(config({ name: 'c', finalizers: ['a/b', 'a/c'] }));
    const marked = await objects.delete('ConfigMap', 'default', 'c');
    const finalizers = ['a/c', 'a/e', 'a/d'];
    await expect(
      objects.update({ ...marked, metadata: { ...marked.metadata, finalizers } }),
    ).rejects.toMatchObject({
      code: 'INVALID',
      message:
        'ConfigMap "c" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"a/d", "a/e"}',
    });
    const fewer = await objects.update({ ...marked, metadata: { ...marked.metadata, finalizers: ['a/c'] } });
    expect(fewer.metadata.finalizers).toEqual(['a/c']);
  });
});

describe('a Lease', () => {
  it('is written by those only who have read it', async () => {
    const objects = storeWith();
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'lock' },
      spec: {},
    };
    const created = await objects.create(lease);
    await expect(objects.update(lease)).rejects.toMatchObject({
      code: 'INVALID',
      message:
        'Lease "lock" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    });
    await objects.update({ ...created, spec: { holderIdentity: 'me' } });
  });
});

describe('a generated name', () => {
  it('is that of the base, cut to 58 characters, and five more', async () => {
    const objects = storeWith();
    const { metadata } = await objects.create(config({ generateName: 'a'.repeat(80) }));
    expect(metadata.name).toMatch(/^a{58}[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  it('is looked for eight times', async () => {
    let draws = 0;
    const random = {
      next: () => {
        draws += 1;
        return 0;
      },
      uuid: systemRandom.uuid,
    };
    const objects = storeWith({ random });
    await objects.create(config({ generateName: 'c-' }));
    draws = 0;
    await expect(objects.create(config({ generateName: 'c-' }))).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
      message:
        'configmaps "c-bbbbb" already exists, the server was not able to generate a unique name for the object',
    });
    expect(draws).toBe(8 * 5);
    await expect(objects.create(config({ name: 'c-bbbbb' }))).rejects.toMatchObject({
      message: 'configmaps "c-bbbbb" already exists',
    });
  });
});

describe('the generation', () => {
  it('counts what admission makes of a change, not what it leaves as it was', async () => {
    const objects = storeWith({
      admit: (object) =>
        ({ ...object, spec: { size: 1, ...(object as { spec?: object }).spec } }) as ApiObject,
    });
    const set = { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'web' }, spec: {} };
    const created = await objects.create(set);
    expect(created).toMatchObject({ metadata: { generation: 1 }, spec: { size: 1 } });
    expect(await objects.update(set)).toBe(created);
    const changed = await objects.update({ ...set, spec: { size: 2 } });
    expect(changed.metadata.generation).toBe(2);
    const again = await objects.update({ ...changed, metadata: { ...changed.metadata, generation: 9 } });
    expect(again.metadata.generation).toBe(2);
  });

  it.each([
    ['v1', 'Service', { spec: { type: 'ClusterIP' } }, { spec: { type: 'NodePort' } }, []],
    ['v1', 'Node', {}, { spec: { unschedulable: true } }, []],
    ['v1', 'Namespace', {}, { spec: { finalizers: ['a.b/c'] } }, []],
    ['coordination.k8s.io/v1', 'Lease', { spec: {} }, { spec: { holderIdentity: 'me' } }, []],
    ['v1', 'ConfigMap', { data: {} }, { data: { a: '1' } }, []],
    ['v1', 'Pod', { spec: {} }, { spec: { nodeName: 'a' } }, [1, 2]],
    ['discovery.k8s.io/v1', 'EndpointSlice', { endpoints: [] }, { endpoints: [{ addresses: [] }] }, [1, 2]],
  ])(
    'of a kind is there or not, as in Kubernetes: %s, %s',
    async (apiVersion, kind, fields, changes, counts) => {
      const objects = storeWith({});
      const created = await objects.create({
        apiVersion,
        kind,
        metadata: { name: 'a' },
        ...fields,
      } as ApiObject);
      const { resourceVersion = '' } = created.metadata;
      const labelled = {
        ...created,
        metadata: { ...created.metadata, annotations: { a: 'b' }, resourceVersion },
      };
      const same = await objects.update(labelled);
      const changed = await objects.update({ ...same, ...changes });
      const [first = undefined, last = undefined] = counts;
      const generations = [created, same, changed].map(({ metadata }) => metadata.generation);
      expect(generations).toEqual([first, first, last]);
    },
  );

  it('of an EndpointSlice counts its labels, too', async () => {
    const objects = storeWith({});
    const slice = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name: 'a' } };
    await objects.create(slice);
    const changed = await objects.update({ ...slice, metadata: { name: 'a', labels: { a: 'b' } } });
    expect(changed.metadata.generation).toBe(2);
  });
});

describe('a status', () => {
  it('that is not admitted is not written, by no way', async () => {
    const objects = storeWith({
      admitStatus: (object, old) => {
        expect(old.metadata.name).toBe('c');
        if ('bad' in ((object as { status?: object }).status ?? {})) throw new MooringError('INVALID', 'no');
      },
    });
    const created = await objects.create(config());
    const good = await objects.updateStatus({ ...created, status: { good: true } } as ApiObject);
    const bad = { ...good, status: { bad: true } } as ApiObject;
    await expect(objects.updateStatus(bad)).rejects.toMatchObject({ code: 'INVALID' });
    const patch = objects.patchWith('ConfigMap', 'default', 'c', () => bad, { subresource: 'status' });
    await expect(patch).rejects.toMatchObject({ code: 'INVALID' });
    expect(await objects.get('ConfigMap', 'default', 'c')).toBe(good);
    // Not its business: what is written is everything but the status.
    await objects.update({ ...bad, metadata: { ...good.metadata, labels: { a: 'b' } } });
    expect(await objects.get('ConfigMap', 'default', 'c')).toMatchObject({ status: { good: true } });
  });
});
