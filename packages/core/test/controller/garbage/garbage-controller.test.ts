import { describe, expect, it } from 'vitest';
import { garbageController } from '../../../src/controller/garbage/garbage-controller.ts';
import { GarbageRig, nameOf, objectOf, ownerOf } from './owned-objects.ts';

const all = ['ConfigMap', 'Secret', 'ReplicaSet', 'ReplicationController', 'Pod'];

describe('deletion in the background', () => {
  it('takes dependents and theirs after the owner', async () => {
    await using rig = await GarbageRig.begin();
    const set = await rig.owned('ReplicaSet', 'web');
    const config = await rig.owned('ConfigMap', 'c', [set]);
    await rig.owned('Secret', 's', [config]);
    await rig.owned('Secret', 'other');
    await rig.remove(set);
    expect(await rig.names(...all)).toEqual(['Secret/other']);
    expect(rig.hosts[0]?.actors).toBe(0);
  });

  it('gives pods the time to end', async () => {
    await using rig = await GarbageRig.begin();
    const set = await rig.owned('ReplicaSet', 'web');
    const spec = { containers: [], nodeName: 'node-a', terminationGracePeriodSeconds: 30 };
    const pod = objectOf('Pod', 'web-1', { ownerReferences: [ownerOf(set)] });
    await rig.create({ ...pod, ...{ spec } });
    await rig.remove(set);
    const [left] = await rig.list('Pod');
    expect(left?.metadata).toMatchObject({ deletionGracePeriodSeconds: 30 });
    expect(left?.metadata.finalizers).toBeUndefined();
  });

  it('keeps what has another owner, and takes the reference out', async () => {
    await using rig = await GarbageRig.begin();
    const [a, b] = [await rig.owned('ReplicaSet', 'a'), await rig.owned('ReplicaSet', 'b')];
    const config = await rig.owned('ConfigMap', 'c', [a, b]);
    await rig.remove(a);
    expect((await rig.current(config))?.metadata.ownerReferences).toEqual([
      ownerOf(b, { blockOwnerDeletion: false }),
    ]);
    await rig.remove(b);
    expect(await rig.current(config)).toBeUndefined();
  });

  it('deletes by UID: a new owner of the same name owns nothing of the old one', async () => {
    await using rig = await GarbageRig.begin();
    const old = await rig.owned('ReplicaSet', 'web');
    await rig.owned('ConfigMap', 'c', [old]);
    await rig.objects.delete('ReplicaSet', 'default', 'web');
    await rig.owned('ReplicaSet', 'web');
    expect(await rig.names(...all)).toEqual(['ReplicaSet/web']);
  });

  it('finds what lost its owner while nobody looked, and what is created with a dead one', async () => {
    await using rig = new GarbageRig();
    const set = await rig.owned('ReplicaSet', 'web');
    await rig.owned('ConfigMap', 'early', [set]);
    await rig.objects.delete('ReplicaSet', 'default', 'web');
    await rig.start(garbageController());
    expect(await rig.names(...all)).toEqual([]);
    await rig.owned('ConfigMap', 'late', [set]);
    expect(await rig.names(...all)).toEqual([]);
  });

  it('does not forget a dependent whose owner its caches never showed', async () => {
    await using rig = await GarbageRig.begin({
      watched: (objects) => ({
        ...objects,
        watch: (kind, namespace, options) =>
          (async function* () {
            for await (const event of objects.watch(kind, namespace, options))
              if (kind !== 'ReplicaSet' || event.type === 'synced') yield event;
          })(),
      }),
    });
    const set = await rig.owned('ReplicaSet', 'web');
    const config = await rig.owned('ConfigMap', 'c', [set]);
    await rig.clock.advanceBy(5000);
    expect(await rig.current(config)).toBeDefined();
    await rig.remove(set);
    await rig.clock.advanceBy(1000);
    expect(await rig.current(config)).toBeUndefined();
  });

  it('waits for the finalizers of others, and says after a minute whose they are', async () => {
    await using rig = await GarbageRig.begin();
    const set = await rig.owned('ReplicaSet', 'web');
    const config = await rig.owned('ConfigMap', 'c', [set], { finalizers: ['example.com/hold'] });
    await rig.remove(set);
    await rig.clock.advanceBy(59_000);
    expect(rig.events).toEqual([]);
    await rig.clock.advanceBy(1000);
    expect(rig.events).toEqual([
      {
        component: 'garbage-collector-controller',
        about: 'ConfigMap/c',
        type: 'Warning',
        reason: 'FinalizersRemaining',
        message: 'Deleted at 2026-01-01T00:00:00Z, kept by example.com/hold',
      },
    ]);
    await rig.clock.advanceBy(600_000);
    expect(rig.events).toHaveLength(2);
    const { finalizers: _, ...metadata } = (await rig.current(config))?.metadata ?? config.metadata;
    await rig.objects.update({ ...config, metadata });
    await rig.clock.advanceBy(1_200_000);
    expect(rig.events).toHaveLength(2);
    expect(rig.hosts[0]?.actors).toBe(0);
  });
});

describe('deletion in the foreground', () => {
  it('keeps the owner until what blocks it is gone, and takes dependents of dependents first', async () => {
    await using rig = await GarbageRig.begin();
    const deployment = await rig.owned('Deployment', 'web');
    const set = await rig.owned('ReplicaSet', 'web-1', [deployment], { blocks: true });
    const pod = await rig.owned('ConfigMap', 'pod', [set], {
      blocks: true,
      finalizers: ['example.com/hold'],
    });
    await rig.remove(deployment, { propagationPolicy: 'Foreground' });
    for (const object of [deployment, set])
      expect((await rig.current(object))?.metadata).toMatchObject({
        deletionTimestamp: '2026-01-01T00:00:00Z',
        finalizers: ['foregroundDeletion'],
      });
    await rig.clock.advanceBy(60_000);
    expect(rig.events.map(({ about, message }) => `${about}: ${message}`)).toContain(
      'ReplicaSet/web-1: Deleted at 2026-01-01T00:00:00Z, kept by foregroundDeletion: foregroundDeletion waits for ConfigMap pod',
    );
    await rig.objects.patchWith('ConfigMap', 'default', 'pod', ({ metadata, ...rest }) => ({
      ...rest,
      metadata: { ...metadata, finalizers: [] },
    }));
    await rig.settle();
    expect(await rig.current(pod)).toBeUndefined();
    expect(await rig.names('Deployment', ...all)).toEqual([]);
    expect(rig.hosts[0]?.actors).toBe(0);
  });

  it('does not wait for what does not block it', async () => {
    await using rig = await GarbageRig.begin();
    const set = await rig.owned('ReplicaSet', 'web');
    const config = await rig.owned('ConfigMap', 'c', [set], { finalizers: ['example.com/hold'] });
    await rig.remove(set, { propagationPolicy: 'Foreground' });
    expect(await rig.current(set)).toBeUndefined();
    expect((await rig.current(config))?.metadata.deletionTimestamp).toBeDefined();
  });

  it('keeps what has a living owner too, and does not wait for it', async () => {
    await using rig = await GarbageRig.begin();
    const [a, b] = [await rig.owned('ReplicaSet', 'a'), await rig.owned('ReplicaSet', 'b')];
    const config = await rig.owned('ConfigMap', 'c', [a, b], { blocks: true });
    await rig.remove(a, { propagationPolicy: 'Foreground' });
    expect(await rig.current(a)).toBeUndefined();
    expect((await rig.current(config))?.metadata.ownerReferences?.map(({ name }) => name)).toEqual(['b']);
  });

  it.each([1, 2, 3, 5])('breaks a cycle of %i', async (size) => {
    await using rig = await GarbageRig.begin();
    const ring = [];
    for (let i = 0; i < size; i += 1) ring.push(await rig.owned('ConfigMap', `c${i}`));
    for (const [i, object] of ring.entries()) {
      const owner = ring[(i + 1) % size];
      if (owner === undefined) continue;
      const ownerReferences = [ownerOf(owner, { blockOwnerDeletion: true })];
      await rig.objects.update({ ...object, metadata: { ...object.metadata, ownerReferences } });
    }
    await rig.settle();
    expect(await rig.names('ConfigMap')).toHaveLength(size);
    const [first] = ring;
    if (first !== undefined) await rig.remove(first, { propagationPolicy: 'Foreground' });
    await rig.clock.advanceBy(10_000);
    expect(await rig.names('ConfigMap')).toEqual([]);
  });

  it('breaks a cycle of objects that are all deleted in the foreground at once', async () => {
    await using rig = await GarbageRig.begin();
    const [a, b] = [await rig.owned('ConfigMap', 'a'), await rig.owned('ConfigMap', 'b')];
    for (const [object, owner] of [
      [a, b],
      [b, a],
    ] as const) {
      const ownerReferences = [ownerOf(owner, { blockOwnerDeletion: true })];
      await rig.objects.update({ ...object, metadata: { ...object.metadata, ownerReferences } });
    }
    await Promise.all(
      ['a', 'b'].map((name) =>
        rig.objects.delete('ConfigMap', 'default', name, { propagationPolicy: 'Foreground' }),
      ),
    );
    await rig.clock.advanceBy(10_000);
    expect(await rig.names('ConfigMap')).toEqual([]);
  });
});

describe('orphaning', () => {
  it('leaves dependents without their owner', async () => {
    await using rig = await GarbageRig.begin();
    const set = await rig.owned('ReplicaSet', 'web');
    const other = await rig.owned('ReplicaSet', 'other');
    const config = await rig.owned('ConfigMap', 'c', [set]);
    const shared = await rig.owned('ConfigMap', 'd', [other, set]);
    await rig.remove(set, { propagationPolicy: 'Orphan' });
    expect(await rig.current(set)).toBeUndefined();
    expect((await rig.current(config))?.metadata).not.toHaveProperty('ownerReferences');
    expect((await rig.current(shared))?.metadata.ownerReferences?.map(({ name }) => name)).toEqual(['other']);
    expect(rig.hosts[0]?.actors).toBe(0);
  });

  it('loses nothing that the caches do not show yet', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    await using rig = await GarbageRig.begin({
      watched: (objects) => ({
        ...objects,
        watch: (kind, namespace, options) =>
          (async function* () {
            for await (const event of objects.watch(kind, namespace, options)) {
              if (kind === 'ConfigMap' && event.type !== 'synced') await gate;
              yield event;
            }
          })(),
      }),
    });
    const set = await rig.owned('ReplicaSet', 'web');
    const config = await rig.owned('ConfigMap', 'c', [set]);
    await rig.remove(set, { propagationPolicy: 'Orphan' });
    expect(await rig.current(set)).toBeUndefined();
    release();
    await rig.settle();
    expect(nameOf((await rig.current(config)) ?? config)).toBe('ConfigMap/c');
    expect(await rig.names('ConfigMap')).toEqual(['ConfigMap/c']);
  });

  it('is honoured in a dependent that has been marked for it', async () => {
    await using rig = await GarbageRig.begin();
    const set = await rig.owned('ReplicaSet', 'web');
    const config = await rig.owned('ConfigMap', 'c', [set], { finalizers: ['orphan'] });
    const secret = await rig.owned('Secret', 's', [config]);
    await rig.remove(set);
    expect(await rig.names(...all)).toEqual(['Secret/s']);
    expect((await rig.current(secret))?.metadata).not.toHaveProperty('ownerReferences');
  });
});

describe('references that cannot be followed', () => {
  it('count for nothing when they point into another namespace, which is told', async () => {
    await using rig = await GarbageRig.begin();
    const set = await rig.owned('ReplicaSet', 'web', [], { namespace: 'other' });
    await rig.owned('ConfigMap', 'c', [set]);
    expect(await rig.names('ConfigMap')).toEqual([]);
    expect(rig.events).toEqual([
      {
        component: 'garbage-collector-controller',
        about: 'ConfigMap/c',
        type: 'Warning',
        reason: 'OwnerRefInvalidNamespace',
        message: `ownerRef [apps/v1/ReplicaSet, namespace: default, name: web, uid: ${set.metadata.uid}] does not exist in namespace "default"`,
      },
    ]);
  });

  it('may point at what has no namespace', async () => {
    await using rig = await GarbageRig.begin();
    const node = await rig.owned('Node', 'node-a');
    const pod = await rig.owned('Pod', 'static', [node]);
    expect(await rig.current(pod)).toBeDefined();
    await rig.remove(node);
    expect(await rig.current(pod)).toBeUndefined();
  });

  it('keep what has no namespace, and what is owned by a kind that nobody knows', async () => {
    await using rig = await GarbageRig.begin();
    const set = await rig.owned('ReplicaSet', 'web');
    const node = await rig.owned('Node', 'node-a', [set]);
    const strange = { apiVersion: 'example.com/v1', kind: 'Shop', name: 'x', uid: 'gone' };
    await rig.create(objectOf('ConfigMap', 'c', { ownerReferences: [strange] }));
    await rig.remove(set);
    await rig.clock.advanceBy(10_000);
    expect(await rig.current(node)).toBeDefined();
    expect(await rig.names('ConfigMap')).toEqual(['ConfigMap/c']);
  });

  it.each(['no such owner', 'a/b', '100%', "(it's*~!)", 'ü', 'x=y'])('may have the UID %j', async (uid) => {
    await using rig = await GarbageRig.begin();
    const owner = { apiVersion: 'v1', kind: 'Secret', name: 's', uid };
    await rig.create(objectOf('ConfigMap', 'c', { ownerReferences: [owner] }));
    expect(await rig.names('ConfigMap')).toEqual([]);
  });
});

describe('the cost', () => {
  it('of objects whose owners live is none: no actor, no look, no write', async () => {
    await using rig = await GarbageRig.begin();
    const set = await rig.owned('ReplicaSet', 'web');
    for (let i = 0; i < 100; i += 1) await rig.owned('Pod', `web-${i}`, [set]);
    for (const { metadata } of await rig.list('Pod'))
      await rig.objects.patchWith('Pod', 'default', metadata.name, (pod) => ({
        ...pod,
        metadata: { ...pod.metadata, labels: { a: 'b' } },
      }));
    await rig.settle();
    expect(rig.hosts[0]).toMatchObject({ actors: 0, looks: 0 });
  });

  it('of an owner is one look, however many dependents it leaves', async () => {
    await using rig = await GarbageRig.begin();
    const set = await rig.owned('ReplicaSet', 'web');
    for (let i = 0; i < 100; i += 1) await rig.owned('Pod', `web-${i}`, [set]);
    await rig.remove(set);
    expect(await rig.names('Pod')).toEqual([]);
    expect(rig.hosts[0]).toMatchObject({ actors: 0, looks: 1 });
  });
});
