import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../../src/contract/object-store.ts';
import { parseManifest } from '../../../src/manifest/parse.ts';
import { createMemoryStore } from '../../../src/store/memory-store.ts';
import { namespaceTerminating } from '../../../src/store/namespace-life.ts';
import { namesOf, ownersOf, scale, scene, setOf, statusOf } from './scene.ts';
import { pod, replicaSet, replicationController, template } from './sets.ts';

const web = 'ReplicaSet/web';

/** A store that does something else for some writes. */
const twisted =
  (twist: (inner: ObjectStore) => Partial<ObjectStore>) =>
  (inner: ObjectStore): ObjectStore => ({ ...inner, ...twist(inner) });

describe('a set of pods', () => {
  it.each([
    { set: replicaSet(), component: 'replicaset-controller', controller: 'replicaset', group: 'apps/v1' },
    {
      set: replicationController(),
      component: 'replication-controller',
      controller: 'replicationcontroller',
      group: 'v1',
    },
  ])('tells what it does: $set.kind', async ({ set, component, controller, group }) => {
    await using stage = await scene();
    const { rig } = stage;
    const { metadata } = await rig.create(set);
    const pods = await rig.list('Pod');
    expect(rig.events).toEqual(
      pods.map(({ metadata: { name } }) => ({
        component,
        about: `${set.kind}/web`,
        type: 'Normal',
        reason: 'SuccessfulCreate',
        message: `Created pod: ${name}`,
      })),
    );
    expect(rig.facts).toEqual([
      {
        address: `controller/${controller}/default/web`,
        type: `${controller}.scaled`,
        data: { from: 0, to: 3, wanted: 3 },
      },
    ]);
    expect(pods[0]?.metadata.ownerReferences).toEqual([
      {
        apiVersion: group,
        kind: set.kind,
        name: 'web',
        uid: metadata.uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ]);
    const { items } = await rig.objects.list(set.kind);
    const status = { replicas: 3, readyReplicas: 0, availableReplicas: 0, observedGeneration: 1 };
    expect(items[0]).toMatchObject({ status });
    expect('terminatingReplicas' in ((items[0] as { status?: object }).status ?? {})).toBe(
      set.kind === 'ReplicaSet',
    );
  });

  it('wants one pod unless it says otherwise, and none when it says 0', async () => {
    await using stage = await scene();
    const { rig, life } = stage;
    const { replicas: _, ...spec } = replicaSet().spec;
    await rig.create({ ...replicaSet(), spec });
    expect(await life.active(web)).toHaveLength(1);
    await scale(rig, 0);
    expect(await rig.list('Pod')).toEqual([]);
    expect(rig.events.at(-1)).toMatchObject({ type: 'Normal', reason: 'SuccessfulDelete' });
    expect(rig.facts.at(-1)?.data).toEqual({ from: 1, to: 0, wanted: 0 });
  });

  it('deletes with the grace period of each pod', async () => {
    await using stage = await scene();
    const { rig, life } = stage;
    await rig.create(replicaSet({ replicas: 2 }));
    await life.readyAll();
    await scale(rig, 1);
    const marked = (await rig.list('Pod')).filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
    expect(marked.map(({ metadata }) => metadata.deletionGracePeriodSeconds)).toEqual([30]);
    expect(await statusOf(rig)).toMatchObject({ replicas: 1, terminatingReplicas: 1 });
  });

  it('is brought down by at most 500 pods in one look', async () => {
    await using stage = await scene();
    const { rig } = stage;
    await rig.create(replicaSet({ replicas: 1001 }));
    await rig.clock.advanceBy(1000);
    const before = rig.facts.length;
    await scale(rig, 0);
    expect(await rig.list('Pod')).toEqual([]);
    expect(rig.facts.slice(before).map(({ data }) => data)).toEqual([
      { from: 1001, to: 501, wanted: 0 },
      { from: 501, to: 1, wanted: 0 },
      { from: 1, to: 0, wanted: 0 },
    ]);
  });

  it('looks only when a pod of its own changes, and writes only what has changed', async () => {
    await using stage = await scene();
    const { rig, life } = stage;
    for (const name of ['web', 'other']) await rig.create(replicaSet({ replicas: 3 }, name));
    const [first = ''] = namesOf(await life.active(web));
    const [looks, version] = [rig.hosts[0]?.looks ?? 0, (await setOf(rig))?.metadata.resourceVersion];
    await life.relabel(first, { app: 'web', touched: 'yes' });
    expect((rig.hosts[0]?.looks ?? 0) - looks).toBe(1);
    expect(rig.hosts[1]?.looks).toBe(0);
    expect((await setOf(rig))?.metadata.resourceVersion).toBe(version);
  });

  it('looks at a large set once for many changes, and is still in time when a pod becomes available', async () => {
    await using stage = await scene();
    const { rig, life } = stage;
    await rig.create(replicaSet({ replicas: 600, minReadySeconds: 10 }));
    const pods = namesOf(await life.active(web));
    await rig.clock.advanceBy(1000);
    const looks = rig.hosts[0]?.looks ?? 0;
    for (const name of pods.slice(0, 20)) await life.run(name);
    await life.makeReady(pods[0] ?? '');
    await rig.clock.advanceBy(1000);
    expect((rig.hosts[0]?.looks ?? 0) - looks).toBeLessThan(5);
    expect(await statusOf(rig)).toMatchObject({ readyReplicas: 1, availableReplicas: 0 });
    await rig.clock.advanceBy(8999);
    expect(await statusOf(rig)).toMatchObject({ availableReplicas: 0 });
    await rig.clock.advanceBy(1);
    expect(await statusOf(rig)).toMatchObject({ availableReplicas: 1 });
  });

  it.each([
    { name: 'an empty selector', spec: { selector: {} } },
    { name: 'a selector that cannot be read', spec: { selector: { matchLabels: { 'no good key': '' } } } },
    { name: 'no spec at all', spec: undefined },
  ])('does nothing, and harms no other, with $name', async ({ spec }) => {
    await using stage = await scene();
    const { rig, life } = stage;
    const { spec: whole, ...bare } = replicaSet({}, 'bad');
    await rig.create(spec === undefined ? bare : { ...bare, spec: { ...whole, ...spec } });
    await rig.create(pod('orphan'));
    await rig.create(replicaSet({ replicas: 2 }));
    expect(await life.active('ReplicaSet/bad')).toEqual([]);
    expect(await life.active(web)).toHaveLength(2);
    expect(rig.errors).toEqual([]);
  });

  it('says so when its template has no labels', async () => {
    await using stage = await scene();
    await stage.rig.create(replicaSet({ template: { spec: { containers: [] } } }));
    expect((await statusOf(stage.rig))?.conditions).toMatchObject([
      { type: 'ReplicaFailure', reason: 'FailedCreate', message: 'unable to create pods, no labels' },
    ]);
  });

  it('tells that a pod could not be deleted, and tries again', async () => {
    let refusals = 2;
    const objects = twisted((inner) => ({
      delete: async (kind, namespace, name, options) => {
        if (refusals-- > 0) throw new Error('not now');
        return await inner.delete(kind, namespace, name, options);
      },
    }));
    await using stage = await scene({ objects });
    const { rig, life } = stage;
    await rig.create(replicaSet({ replicas: 1 }));
    await scale(rig, 0);
    const { conditions } = (await statusOf(rig)) ?? {};
    expect(conditions).toMatchObject([
      { type: 'ReplicaFailure', reason: 'FailedDelete', message: 'not now' },
    ]);
    await rig.clock.advanceBy(1000);
    expect(await life.active()).toEqual([]);
    expect(rig.events.filter(({ type }) => type === 'Warning').map(({ message }) => message)).toEqual([
      'Error deleting: not now',
      'Error deleting: not now',
    ]);
    expect((await statusOf(rig))?.conditions).toBeUndefined();
  });

  it('takes a pod that somebody else has deleted for deleted', async () => {
    const objects = twisted((inner) => ({
      delete: async (kind, namespace, name, options) => {
        await inner.delete(kind, namespace, name, { gracePeriodSeconds: 0 });
        return await inner.delete(kind, namespace, name, options);
      },
    }));
    await using stage = await scene({ objects });
    await stage.rig.create(replicaSet({ replicas: 1 }));
    await scale(stage.rig, 0);
    expect(stage.rig.events.map(({ reason }) => reason)).toEqual(['SuccessfulCreate']);
    expect(await statusOf(stage.rig)).toMatchObject({ replicas: 0 });
  });

  it('takes a pod whose name another one has by now for deleted', async () => {
    const objects = twisted((inner) => ({
      delete: async (kind, namespace, name, options) => {
        await inner.delete(kind, namespace, name, { gracePeriodSeconds: 0 });
        const { metadata, ...rest } = pod(name);
        await inner.create({ ...rest, metadata: { ...metadata, labels: {} } });
        return await inner.delete(kind, namespace, name, options);
      },
    }));
    await using stage = await scene({ objects });
    await stage.rig.create(replicaSet({ replicas: 1 }));
    await scale(stage.rig, 0);
    expect(stage.rig.events.map(({ reason }) => reason)).toEqual(['SuccessfulCreate']);
    expect(await stage.rig.list('Pod')).toHaveLength(1);
    expect(await statusOf(stage.rig)).toMatchObject({ replicas: 0 });
  });

  it('makes no noise when its namespace is being emptied', async () => {
    let calls = 0;
    const objects = twisted((inner) => ({
      create: async (object, options) => {
        if (object.kind !== 'Pod') return await inner.create(object, options);
        calls += 1;
        throw namespaceTerminating(object, 'default');
      },
    }));
    await using stage = await scene({ objects });
    const { rig } = stage;
    await rig.create(replicaSet({ replicas: 10 }));
    await rig.clock.advanceBy(600_000);
    // One for each look: the first, and the one after the status was written.
    expect(calls).toBe(2);
    expect(rig.events).toEqual([]);
    expect(await statusOf(rig)).toMatchObject({ replicas: 0 });
    expect(await statusOf(rig)).not.toHaveProperty('conditions');
  });
});

describe('adopting pods', () => {
  it('is left to whoever is faster', async () => {
    await using stage = await scene({
      objects: twisted((inner) => ({
        patchWith: async (kind, namespace, name, change, options) => {
          const other = { apiVersion: 'v1', kind: 'Job', name: 'other', uid: 'other', controller: true };
          if (kind === 'Pod')
            await inner.patchWith('Pod', namespace, name, (current) => ({
              ...current,
              metadata: { ...current.metadata, ownerReferences: [other] },
            }));
          return await inner.patchWith(kind, namespace, name, change, options);
        },
      })),
    });
    const { rig, life } = stage;
    await rig.create(pod('orphan'));
    await rig.create(replicaSet({ replicas: 1 }));
    expect(ownersOf(await rig.objects.get('Pod', 'default', 'orphan'))).toEqual(['Job/other']);
    expect(await life.active(web)).toHaveLength(1);
    expect(rig.events.map(({ reason }) => reason)).toEqual(['SuccessfulCreate']);
  });

  it('waits until a set that is being deleted, or made anew, has been seen', async () => {
    let isStale = true;
    const gets: string[] = [];
    const objects = twisted((inner) => ({
      get: async (kind, namespace, name, signal) => {
        gets.push(kind);
        const live = await inner.get(kind, namespace, name, signal);
        if (live === undefined || !isStale) return live;
        return { ...live, metadata: { ...live.metadata, uid: 'another' } };
      },
    }));
    await using stage = await scene({ objects });
    const { rig, life } = stage;
    for (const name of ['a', 'b']) await rig.create(pod(name));
    await rig.create(replicaSet({ replicas: 2 }));
    expect(await life.active(web)).toEqual([]);
    expect(await rig.list('Pod')).toHaveLength(2);
    // Asked once in a look, however many pods there are to adopt.
    expect(gets).toEqual(['ReplicaSet']);
    isStale = false;
    await rig.clock.advanceBy(1000);
    expect(await life.active(web)).toHaveLength(2);
    expect(gets).toEqual(['ReplicaSet', 'ReplicaSet']);
    expect(rig.events).toEqual([]);
  });

  it('is tried for all, and nothing is made while it fails', async () => {
    let isBroken = true;
    const tried: string[] = [];
    const objects = twisted((inner) => ({
      patchWith: async (kind, namespace, name, change, options) => {
        tried.push(name);
        if (isBroken) throw new Error('no patches');
        return await inner.patchWith(kind, namespace, name, change, options);
      },
    }));
    await using stage = await scene({ objects });
    const { rig, life } = stage;
    for (const name of ['a', 'b']) await rig.create(pod(name));
    const { metadata } = await rig.create(replicaSet({ replicas: 5 }));
    expect(tried).toEqual(['a', 'b']);
    expect(await rig.list('Pod')).toHaveLength(2);
    expect(rig.events[0]?.message).toMatch(
      /^\[can't adopt Pod default\/a \(.*\): no patches, can't adopt Pod default\/b \(.*\): no patches\]$/,
    );
    isBroken = false;
    await rig.clock.advanceBy(1000);
    const active = await life.active(web);
    expect(active).toHaveLength(5);
    expect(active.every((one) => one.metadata.ownerReferences?.[0]?.uid === metadata.uid)).toBe(true);
  });

  it('is decided anew for a pod that was made anew under the same name', async () => {
    const facts: unknown[] = [];
    let isFirst = true;
    const objects = twisted((inner) => ({
      patchWith: async (kind, namespace, name, change, options) => {
        if (kind !== 'Pod' || !isFirst) return await inner.patchWith(kind, namespace, name, change, options);
        isFirst = false;
        await inner.delete('Pod', namespace, name, { gracePeriodSeconds: 0 });
        await inner.create(pod(name));
        const left = await inner.patchWith(kind, namespace, name, change, options);
        facts.push(left.metadata.ownerReferences ?? 'nobody owns it');
        return left;
      },
    }));
    await using stage = await scene({ objects });
    await stage.rig.create(pod('orphan'));
    await stage.rig.create(replicaSet({ replicas: 1 }));
    expect(facts).toEqual(['nobody owns it']);
    expect(await statusOf(stage.rig)).toMatchObject({ replicas: 1 });
  });
});

describe('pods that fail before they are ready', () => {
  const failingFor = async (seconds: number, stage: Awaited<ReturnType<typeof scene>>) => {
    const { rig, life } = stage;
    const startMs = rig.clock.now();
    const times: number[] = [];
    while (rig.clock.now() < startMs + seconds * 1000) {
      for (const { metadata } of await life.active(web)) {
        times.push((rig.clock.now() - startMs) / 1000);
        await life.refuse(metadata.name);
      }
      await rig.clock.advanceBy(1000);
    }
    return times;
  };

  it('are replaced ever more slowly, and a few are kept', async () => {
    await using stage = await scene();
    const { rig } = stage;
    await rig.create(replicaSet({ replicas: 1 }));
    const times = await failingFor(2000, stage);
    expect(times).toEqual([0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 811, 1111, 1411, 1711]);
    expect(await rig.list('Pod')).toHaveLength(10);
    expect((await statusOf(rig))?.conditions).toMatchObject([
      { type: 'PodsFailing', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' },
    ]);
    const waits = rig.events.filter(({ reason }) => reason === 'BackOff');
    // Each wait is told once.
    expect(waits).toHaveLength(times.length - 1);
    expect(waits[0]).toMatchObject({
      type: 'Warning',
      message: expect.stringMatching(
        /^Back-off creating pods: pod "web-.*" failed before it was ready \(OutOfcpu\); pods are created again at 2026-01-01T00:00:03Z$/,
      ),
    });
    expect(rig.facts.filter(({ type }) => type === 'replicaset.backed-off')).toHaveLength(waits.length);
  });

  it('wait on when the controller is started anew', async () => {
    const store = createMemoryStore();
    await using first = await scene({ store });
    await first.rig.create(replicaSet({ replicas: 1 }));
    const times = await failingFor(140, first);
    expect(times.at(-1)).toBe(127);
    await first[Symbol.asyncDispose]();
    await using second = await scene({ store, clock: first.rig.clock });
    expect(await second.life.active(web)).toEqual([]);
    await second.rig.clock.advanceBy(114_000);
    expect(await second.life.active(web)).toEqual([]);
    await second.rig.clock.advanceBy(2000);
    expect(await second.life.active(web)).toHaveLength(1);
  });

  it('are over once one of them is ready', async () => {
    await using stage = await scene();
    const { rig, life } = stage;
    await rig.create(replicaSet({ replicas: 1 }));
    await failingFor(20, stage);
    await rig.clock.advanceBy(60_000);
    await life.readyAll(web);
    expect(await statusOf(rig)).not.toHaveProperty('conditions');
    const [ready = ''] = namesOf(await life.active(web));
    await rig.clock.advanceBy(1000);
    await life.makeUnready(ready);
    await life.fail(ready);
    expect(await life.active(web)).toHaveLength(1);
  });

  it('are tried again at once when what is wanted is changed', async () => {
    await using stage = await scene();
    const { rig, life } = stage;
    await rig.create(replicaSet({ replicas: 1 }));
    await failingFor(300, stage);
    expect(await life.active(web)).toEqual([]);
    await rig.objects.update(replicaSet({ replicas: 1, template: template({ app: 'web' }, 'smaller') }));
    await rig.settle();
    expect(await life.active(web)).toHaveLength(1);
  });
});

describe('the ReplicaSet and the ReplicationController of the seed', () => {
  it('keep three pods each, whose labels fit both, and never touch those of the other', async () => {
    await using stage = await scene();
    const { rig, life } = stage;
    const folder = join(import.meta.dirname, '../../../../../examples/seed');
    for (const file of ['replicaset.yaml', 'replicationcontroller.yaml']) {
      const { objects } = parseManifest(await readFile(join(folder, file), 'utf8'), { file });
      for (const { object } of objects) await rig.create(object);
    }
    const owners = ['ReplicaSet/my-app-rs', 'ReplicationController/my-app-rc'];
    await life.readyAll();
    const before = await Promise.all(owners.map((owner) => life.active(owner)));
    expect(before.map((pods) => pods.length)).toEqual([3, 3]);
    const [victim = ''] = namesOf(before[1] ?? []);
    await life.delete(victim, 0);
    await life.readyAll();
    await rig.clock.advanceBy(3_600_000);
    const after = await Promise.all(owners.map((owner) => life.active(owner)));
    expect(namesOf(after[0] ?? [])).toEqual(namesOf(before[0] ?? []));
    expect(after[1]).toHaveLength(3);
    expect(namesOf(after[1] ?? [])).not.toContain(victim);
    expect(rig.facts.map(({ type }) => type).filter((type) => !type.endsWith('.scaled'))).toEqual([]);
  });
});
