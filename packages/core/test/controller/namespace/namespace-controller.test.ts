import { describe, expect, it } from 'vitest';
import type { ApiObject } from '../../../src/api/meta.ts';
import { namespaceController } from '../../../src/controller/namespace/namespace-controller.ts';
import type { ObjectStore } from '../../../src/store/object-store.ts';
import { ControllerRig, type ControllerRigOptions } from '../controller-rig.ts';
import { objectOf } from '../garbage/owned-objects.ts';

const shop: ApiObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
const kinds = ['Pod', 'ConfigMap', 'Secret', 'ReplicaSet', 'Lease', 'Event'];

async function begin(options: ControllerRigOptions = {}) {
  const rig = new ControllerRig(options);
  await rig.start(namespaceController());
  await rig.create(shop);
  const inShop = (kind: string, name: string, metadata: Partial<ApiObject['metadata']> = {}) =>
    rig.create(objectOf(kind, name, { namespace: 'shop', ...metadata }));
  const remove = async () => {
    await rig.objects.delete('Namespace', undefined, 'shop');
    await rig.settle();
  };
  const namespace = () => rig.objects.get('Namespace', undefined, 'shop');
  const names = async () => {
    const lists = await Promise.all(kinds.map((kind) => rig.list(kind)));
    return lists.flat().map(({ kind, metadata }) => `${metadata.namespace}/${kind}/${metadata.name}`);
  };
  return { rig, inShop, remove, namespace, names };
}

const runningPod = { containers: [], nodeName: 'node-a', terminationGracePeriodSeconds: 30 };

describe('a namespace that is deleted', () => {
  it('goes with everything in it, events included, and with nothing else', async () => {
    const { rig, inShop, remove, namespace, names } = await begin();
    await using _ = rig;
    for (const kind of kinds) await inShop(kind, 'x');
    await rig.create(objectOf('ConfigMap', 'x', { namespace: 'other' }));
    await remove();
    await rig.clock.advanceBy(5000);
    expect(await namespace()).toBeUndefined();
    expect(await names()).toEqual(['other/ConfigMap/x']);
    expect(rig.hosts[0]?.actors).toBe(0);
  });

  it('goes at once when it is empty', async () => {
    const { rig, remove, namespace } = await begin();
    await using _ = rig;
    await remove();
    expect(await namespace()).toBeUndefined();
  });

  it('lets pods end before it touches what they use', async () => {
    const { rig, inShop, remove, namespace, names } = await begin();
    await using _ = rig;
    await inShop('ConfigMap', 'x');
    await rig.create({ ...objectOf('Pod', 'web', { namespace: 'shop' }), ...{ spec: runningPod } });
    await remove();
    expect(await names()).toEqual(['shop/Pod/web', 'shop/ConfigMap/x']);
    const found = await namespace();
    expect(found?.status?.phase).toBe('Terminating');
    expect(found?.status?.conditions?.find(({ type }) => type === 'NamespaceContentRemaining')).toMatchObject(
      {
        status: 'True',
        message:
          'Some resources are remaining: configmaps. has 1 resource instances, pods. has 1 resource instances',
      },
    );
    await rig.objects.delete('Pod', 'shop', 'web', { gracePeriodSeconds: 0 });
    await rig.clock.advanceBy(5000);
    expect(await namespace()).toBeUndefined();
    expect(await names()).toEqual([]);
  });

  it('waits for finalizers and says whose they are', async () => {
    const { rig, inShop, remove, namespace } = await begin();
    await using _ = rig;
    const held = await inShop('ConfigMap', 'x', { finalizers: ['example.com/hold'] });
    await remove();
    await rig.clock.advanceBy(60_000);
    const conditions = (await namespace())?.status?.conditions;
    expect(conditions?.find(({ type }) => type === 'NamespaceFinalizersRemaining')).toMatchObject({
      status: 'True',
      message:
        'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
    });
    await rig.objects.update({ ...held, metadata: { name: 'x', namespace: 'shop', finalizers: [] } });
    await rig.clock.advanceBy(5000);
    expect(await namespace()).toBeUndefined();
  });

  it('takes with it what comes in meanwhile', async () => {
    const { rig, inShop, remove, namespace, names } = await begin();
    await using _ = rig;
    await inShop('ConfigMap', 'held', { finalizers: ['example.com/hold'] });
    await remove();
    await inShop('ConfigMap', 'late');
    expect(await names()).toEqual(['shop/ConfigMap/held']);
    expect(await namespace()).toBeDefined();
  });

  it('tries again what failed, and says so meanwhile', async () => {
    let isDown = true;
    const objects = (real: ObjectStore): ObjectStore => ({
      ...real,
      delete: async (kind, namespace, name, options) => {
        if (isDown && kind === 'Secret') throw new Error('no secret goes today');
        return await real.delete(kind, namespace, name, options);
      },
    });
    const { rig, inShop, remove, namespace, names } = await begin({ objects });
    await using _ = rig;
    await inShop('Secret', 's');
    await inShop('ConfigMap', 'c');
    await remove();
    expect(await names()).toEqual(['shop/Secret/s']);
    expect((await namespace())?.status?.conditions?.[0]).toMatchObject({
      type: 'NamespaceDeletionContentFailure',
      status: 'True',
      message: 'Failed to delete all resource types: no secret goes today',
    });
    isDown = false;
    await rig.clock.advanceBy(10_000);
    expect(await namespace()).toBeUndefined();
  });

  it('is gone only when the store says that it is empty', async () => {
    let isHeldBack = true;
    const { rig, inShop, remove, namespace, names } = await begin({
      watched: (objects) => ({
        ...objects,
        watch: (kind, within, options) =>
          (async function* () {
            for await (const event of objects.watch(kind, within, options))
              if (kind !== 'ConfigMap' || !isHeldBack || event.type === 'synced') yield event;
          })(),
      }),
    });
    await using _ = rig;
    await inShop('ConfigMap', 'unseen');
    await remove();
    await rig.clock.advanceBy(10_000);
    expect(await namespace()).toBeDefined();
    isHeldBack = false;
    await rig.objects.update({
      ...objectOf('ConfigMap', 'unseen', { namespace: 'shop', labels: { a: 'b' } }),
    });
    await rig.clock.advanceBy(10_000);
    expect([await namespace(), await names()]).toEqual([undefined, []]);
  });
});

describe('a namespace without an object of its own', () => {
  it('is never looked at', async () => {
    const { rig, inShop } = await begin();
    await using _ = rig;
    await rig.create(objectOf('ConfigMap', 'x', { namespace: 'elsewhere' }));
    await inShop('ConfigMap', 'x');
    expect(rig.hosts[0]?.looks).toBe(0);
  });
});
