/** Sets of pods from the outside: what users of Kubernetes know of them, as far as sets alone decide it. */

import { describe, expect, it } from 'vitest';
import type { ObjectOf } from '../../../src/api/known-kinds.ts';
import type { MooringError } from '../../../src/contract/error.ts';
import type { ObjectStore } from '../../../src/contract/object-store.ts';
import { createMemoryStore } from '../../../src/store/memory-store.ts';
import { countedCreates, heldWatches, namesOf, ownersOf, scale, scene, statusOf } from './scene.ts';
import { pod, replicaSet, replicationController, template } from './sets.ts';

const web = 'ReplicaSet/web';

describe('selectors', () => {
  it.each([
    {
      name: 'tier notin (db)',
      expression: { key: 'tier', operator: 'NotIn', values: ['db'] },
      adopts: ['front', 'none'],
    },
    { name: 'tier', expression: { key: 'tier', operator: 'Exists' }, adopts: ['db', 'front'] },
  ])('an expression on a label that is missing: $name', async ({ expression, adopts }) => {
    await using stage = await scene();
    const { rig } = stage;
    await rig.create(pod('none'));
    for (const tier of ['db', 'front']) await rig.create(pod(tier, { app: 'web', tier }));
    const selector = { matchLabels: { app: 'web' }, matchExpressions: [expression] };
    await rig.create(
      replicaSet({ replicas: 2, selector, template: template({ app: 'web', tier: 'front' }) }),
    );
    const owned = (await rig.list('Pod')).filter((one) => ownersOf(one).length > 0);
    expect(namesOf(owned)).toEqual(adopts);
  });

  it('another selector of a ReplicationController: what does not match is released and runs on', async () => {
    await using stage = await scene();
    const { rig, life } = stage;
    await rig.create(replicationController({ replicas: 2 }));
    const before = namesOf(await life.active());
    await rig.objects.update(
      replicationController({ replicas: 2, selector: { app: 'new' }, template: template({ app: 'new' }) }),
    );
    await rig.settle();
    const pods = await life.active();
    expect(pods).toHaveLength(4);
    for (const one of pods)
      expect(ownersOf(one)).toEqual(before.includes(one.metadata.name) ? [] : ['ReplicationController/web']);
  });
});

describe('sets of pods', () => {
  it.each([
    { orphans: 1, adopted: 1, created: 2, deleted: 0 },
    { orphans: 5, adopted: 5, created: 0, deleted: 2 },
  ])('$orphans orphans, 3 wanted', async ({ orphans, adopted, created, deleted }) => {
    await using stage = await scene();
    const { rig, life } = stage;
    for (let i = 0; i < orphans; i += 1) {
      await rig.create(pod(`o${i}`));
      await life.run(`o${i}`);
      if (i > 1) await life.makeReady(`o${i}`);
    }
    await rig.create(replicaSet({ replicas: 3 }));
    expect(await life.active(web)).toHaveLength(3);
    const reasons = rig.events.map(({ reason }) => reason);
    expect(reasons.filter((reason) => reason === 'SuccessfulCreate')).toHaveLength(created);
    expect(reasons.filter((reason) => reason === 'SuccessfulDelete')).toHaveLength(deleted);
    expect(rig.facts.find(({ type }) => type === 'replicaset.adopted')?.data).toMatchObject({
      pods: Array.from({ length: adopted }, (_, i) => `o${i}`),
    });
    // Those that are not ready go first.
    if (deleted > 0) expect(namesOf(await life.active())).toEqual(['o2', 'o3', 'o4']);
  });

  it('two sets with the same selector keep two pods each', async () => {
    await using stage = await scene();
    const { rig, life } = stage;
    for (const name of ['one', 'two']) await rig.create(replicaSet({ replicas: 2 }, name));
    await rig.clock.advanceBy(600_000);
    for (const name of ['one', 'two']) {
      expect(await life.active(`ReplicaSet/${name}`)).toHaveLength(2);
      expect(await statusOf(rig, name)).toMatchObject({ replicas: 2 });
    }
    expect(await rig.list('Pod')).toHaveLength(4);
  });

  it('a pod that is relabelled is released, replaced, and outlives the set', async () => {
    await using stage = await scene();
    const { rig, life } = stage;
    await rig.create(replicaSet({ replicas: 3 }));
    const [first = ''] = namesOf(await life.active());
    await life.relabel(first, { app: 'debug' });
    expect(ownersOf(await rig.objects.get('Pod', 'default', first))).toEqual([]);
    expect(await life.active(web)).toHaveLength(3);
    expect(await rig.list('Pod')).toHaveLength(4);
    await rig.objects.delete('ReplicaSet', 'default', 'web');
    await rig.clock.advanceBy(60_000);
    expect(namesOf(await life.active())).toContain(first);
  });

  it('a new image is for new pods only', async () => {
    await using stage = await scene();
    const { rig, life } = stage;
    await rig.create(replicaSet({ replicas: 2 }));
    const before = await rig.list('Pod');
    await rig.objects.update(replicaSet({ replicas: 2, template: template({ app: 'web' }, 'nginx:2') }));
    await rig.settle();
    expect(await rig.list('Pod')).toEqual(before);
    await life.delete(before[0]?.metadata.name ?? '');
    const images = (await life.active()).map(({ spec }) => spec.containers[0]?.image);
    expect(images.sort()).toEqual(['nginx', 'nginx:2']);
  });

  it('1200 pods come in waves, each once the last one was seen, each beginning slowly', async () => {
    const { objects, batches } = countedCreates();
    const { watched, hold, release } = heldWatches();
    await using stage = await scene({ objects, watched });
    const { rig } = stage;
    const wave = [1, 2, 4, 8, 16, 32, 64, 128, 245];
    hold();
    await rig.create(replicaSet({ replicas: 1200 }));
    await rig.clock.advanceBy(20_000);
    expect(batches).toEqual(wave);
    expect(await rig.list('Pod')).toHaveLength(500);
    release();
    await rig.settle();
    expect(batches).toEqual([...wave, ...wave, 1, 2, 4, 8, 16, 32, 64, 73]);
    expect(await rig.list('Pod')).toHaveLength(1200);
    expect(rig.facts.map(({ data }) => data)).toEqual([
      { from: 0, to: 500, wanted: 1200 },
      { from: 500, to: 1000, wanted: 1200 },
      { from: 1000, to: 1200, wanted: 1200 },
    ]);
  });

  it('a quota of 3 of 10: few calls, one condition, and all pods once it is raised', async () => {
    let room = 3;
    const { objects, batches } = countedCreates(() => room);
    await using stage = await scene({ objects });
    const { rig, life } = stage;
    await rig.create(replicaSet({ replicas: 10 }));
    await rig.clock.advanceBy(10_000);
    expect(batches.slice(0, 3)).toEqual([1, 2, 4]);
    // One call each, with growing pauses: some twelve in 10 s, not hundreds.
    expect(batches.slice(3).every((size) => size === 1)).toBe(true);
    expect(batches.length).toBeLessThan(18);
    expect(await life.active(web)).toHaveLength(3);
    expect((await statusOf(rig))?.conditions).toMatchObject([
      {
        type: 'ReplicaFailure',
        status: 'True',
        reason: 'FailedCreate',
        message: 'pods is forbidden: exceeded quota: pods',
      },
    ]);
    const reasons = new Set(rig.events.map(({ reason }) => reason));
    expect([...reasons].sort()).toEqual(['FailedCreate', 'SuccessfulCreate']);
    expect(rig.events.find(({ reason }) => reason === 'FailedCreate')?.message).toBe(
      'Error creating: pods is forbidden: exceeded quota: pods',
    );
    room = 100;
    await rig.clock.advanceBy(60_000);
    expect(await life.active(web)).toHaveLength(10);
    expect(await statusOf(rig)).not.toHaveProperty('conditions');
  });

  it('a pod that is deleted is replaced when its deletion begins, and not counted any more', async () => {
    await using stage = await scene();
    const { rig, life } = stage;
    await rig.create(replicaSet({ replicas: 1 }));
    await life.readyAll();
    const [first = ''] = namesOf(await life.active());
    await life.delete(first);
    expect(await rig.objects.get('Pod', 'default', first)).toBeDefined();
    expect(await life.active(web)).toHaveLength(1);
    expect(await statusOf(rig)).toMatchObject({ replicas: 1, readyReplicas: 0, terminatingReplicas: 1 });
    await life.delete(first, 0);
    expect(await statusOf(rig)).toMatchObject({ replicas: 1, terminatingReplicas: 0 });
  });

  it('a pod that fails is replaced and left where it is', async () => {
    await using stage = await scene();
    const { rig, life } = stage;
    await rig.create(replicaSet({ replicas: 1 }));
    const [first = ''] = namesOf(await life.active());
    await life.fail(first);
    expect(await rig.objects.get('Pod', 'default', first)).toMatchObject({ status: { phase: 'Failed' } });
    expect(await life.active(web)).toHaveLength(1);
    expect(await rig.list('Pod')).toHaveLength(2);
  });

  it('fewer pods of one set of a Deployment: those that cost least, and those on crowded nodes', async () => {
    await using stage = await scene();
    const { rig, life } = stage;
    const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd', uid: 'd-uid', controller: true };
    const owned = (name: string, replicas: number) => {
      const labels = { app: 'web', hash: name };
      const set = replicaSet(
        { replicas, selector: { matchLabels: labels }, template: template(labels) },
        name,
      );
      return { ...set, metadata: { ...set.metadata, ownerReferences: [owner] } };
    };
    await rig.create(owned('old', 2));
    for (const name of namesOf(await life.active())) await life.run(name, 'crowded');
    for (const name of ['A', 'B', 'C', 'D', 'E', 'F']) {
      const cost = name === 'D' ? { 'controller.kubernetes.io/pod-deletion-cost': '-5' } : {};
      const { metadata, ...rest } = pod(name, { app: 'web', hash: 'new' });
      await rig.create({ ...rest, metadata: { ...metadata, annotations: cost } });
    }
    await life.bind('B', 'b');
    for (const [name, node] of Object.entries({ C: 'c', D: 'd', E: 'crowded', F: 'f' }))
      await life.run(name, node);
    for (const name of ['D', 'E', 'F']) await life.makeReady(name);
    await rig.create(owned('new', 6));
    await scale(rig, 3, 'new');
    expect(namesOf(await life.active('ReplicaSet/new'))).toEqual(['D', 'E', 'F']);
    await scale(rig, 1, 'new');
    expect(namesOf(await life.active('ReplicaSet/new'))).toEqual(['F']);
    expect(await life.active('ReplicaSet/old')).toHaveLength(2);
  });

  it.each([
    { name: 'of 60 s and 100 s ready, the shorter', first: 100, second: 60, deletes: 'second' },
    { name: 'of 100 s and 120 s ready, the lower UID', first: 120, second: 100, deletes: 'lower UID' },
  ])('one of two pods goes: $name', async ({ first, second, deletes }) => {
    await using stage = await scene();
    const { rig, life } = stage;
    for (const name of ['first', 'second']) await rig.create(pod(name));
    for (const name of ['first', 'second']) await life.run(name);
    await life.makeReady('first');
    await rig.clock.advanceBy((first - second) * 1000);
    await life.makeReady('second');
    await rig.clock.advanceBy(second * 1000);
    const [lower = ''] = (await rig.list('Pod')).toSorted((a, b) =>
      a.metadata.uid < b.metadata.uid ? -1 : 1,
    );
    await rig.create(replicaSet({ replicas: 1 }));
    const gone = deletes === 'second' ? 'second' : (lower as ObjectOf<'Pod'>).metadata.name;
    expect(namesOf(await life.active())).toEqual(['first', 'second'].filter((name) => name !== gone));
  });

  it('a set of the same name takes the pods without an owner, not those of its predecessor', async () => {
    await using stage = await scene();
    const { rig, life } = stage;
    await rig.create(replicaSet({ replicas: 2 }));
    const old = namesOf(await life.active());
    await rig.objects.delete('ReplicaSet', 'default', 'web');
    await rig.settle();
    await rig.create(pod('orphan'));
    const created = await rig.create(replicaSet({ replicas: 2 }));
    const ours = (await life.active()).filter(({ metadata }) =>
      metadata.ownerReferences?.some(({ uid }) => uid === created.metadata.uid),
    );
    expect(ours).toHaveLength(2);
    expect(namesOf(ours)).toContain('orphan');
    for (const name of old) expect(await rig.objects.get('Pod', 'default', name)).toBeDefined();
    expect(await statusOf(rig)).toMatchObject({ replicas: 2 });
  });

  it('a ReplicationController that waits for its pods to be gone makes no new ones', async () => {
    await using stage = await scene();
    const { rig, life } = stage;
    await rig.create(replicationController({ replicas: 2 }));
    await rig.objects.delete('ReplicationController', 'default', 'web', { propagationPolicy: 'Foreground' });
    await rig.settle();
    await rig.create(pod('orphan'));
    for (const one of await life.active('ReplicationController/web')) await life.delete(one.metadata.name);
    await rig.clock.advanceBy(60_000);
    expect(namesOf(await rig.list('Pod'))).toEqual(['orphan']);
    const left = await rig.objects.get('ReplicationController', 'default', 'web');
    expect(left?.metadata.deletionTimestamp).toBeDefined();
    expect(left?.status).toMatchObject({ replicas: 0 });
  });

  it('a pod becomes available at the very second, without anything happening', async () => {
    await using stage = await scene();
    const { rig, life } = stage;
    await rig.create(replicaSet({ replicas: 2, minReadySeconds: 10 }));
    const [first = '', second = ''] = namesOf(await life.active());
    for (const name of [first, second]) await life.run(name);
    await life.makeReady(first);
    await rig.clock.advanceBy(4000);
    await life.makeReady(second);
    const counts = async () => {
      const { readyReplicas, availableReplicas } = (await statusOf(rig)) ?? {};
      return [readyReplicas, availableReplicas];
    };
    await rig.clock.advanceBy(5999);
    expect(await counts()).toEqual([2, 0]);
    await rig.clock.advanceBy(1);
    expect(await counts()).toEqual([2, 1]);
    await rig.clock.advanceBy(3999);
    expect(await counts()).toEqual([2, 1]);
    await rig.clock.advanceBy(1);
    expect(await counts()).toEqual([2, 2]);
  });

  it('a status that was overtaken is made anew from what is there, and loses nobody’s condition', async () => {
    const other = { type: 'Other', status: 'True' } as const;
    const attempts: string[] = [];
    const objects = (inner: ObjectStore): ObjectStore => ({
      ...inner,
      async updateStatus(object, signal) {
        if (attempts.length === 0)
          await inner.patchWith(
            'ReplicaSet',
            'default',
            'web',
            (current) => ({ ...current, status: { replicas: 0, conditions: [other] } }),
            { subresource: 'status' },
          );
        try {
          const written = await inner.updateStatus(object, signal);
          attempts.push('written');
          return written;
        } catch (error) {
          attempts.push((error as MooringError).code);
          throw error;
        }
      },
    });
    await using stage = await scene({ objects });
    await stage.rig.create(replicaSet({ replicas: 1 }));
    expect(attempts.slice(0, 2)).toEqual(['CONFLICT', 'written']);
    expect(await statusOf(stage.rig)).toMatchObject({ replicas: 1, conditions: [other] });
  });

  it('a controller that dies while it creates pods is followed by one that makes the rest', async () => {
    const store = createMemoryStore();
    let left = 4;
    let die = () => {};
    const objects = (inner: ObjectStore): ObjectStore => ({
      ...inner,
      async create(object, options) {
        if (object.kind === 'Pod' && left-- <= 0) {
          die();
          return await new Promise(() => {});
        }
        return await inner.create(object, options);
      },
    });
    await using first = await scene({ store, objects });
    die = () => {
      for (const host of first.rig.hosts) host.stop();
    };
    await first.rig.create(replicaSet({ replicas: 10 }));
    expect(await first.life.active(web)).toHaveLength(4);
    await using second = await scene({ store, clock: first.rig.clock });
    await second.rig.clock.advanceBy(60_000);
    expect(await second.life.active(web)).toHaveLength(10);
    expect(await second.rig.list('Pod')).toHaveLength(10);
  });
});
