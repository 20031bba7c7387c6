import { describe, expect, it } from 'vitest';
import type { ApiObject } from '../../../src/api/meta.ts';
import { MooringError } from '../../../src/contract/error.ts';
import type { ObjectStore } from '../../../src/contract/object-store.ts';
import { endpointSliceController } from '../../../src/controller/endpoints/endpoint-slice-controller.ts';
import { ControllerRig, type ControllerRigOptions } from '../controller-rig.ts';
import { createAll, node, pod, podNames, pods, service, sizes, writeStatus } from './scene.ts';

async function started(options: ControllerRigOptions = {}): Promise<ControllerRig> {
  return await new ControllerRig(options).start(endpointSliceController());
}

async function published(rig: ControllerRig): Promise<readonly string[]> {
  return podNames((await rig.list('EndpointSlice')).flatMap(({ endpoints }) => endpoints));
}

/** Names and revisions: equal when nothing was written. */
async function versions(rig: ControllerRig): Promise<readonly string[]> {
  const slices = await rig.list('EndpointSlice');
  return slices.map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`);
}

describe('the EndpointSlice controller', () => {
  it('follows pods as they come, become ready, change their labels and go', async () => {
    await using rig = await started();
    await rig.create(service());
    expect(sizes(await rig.list('EndpointSlice'))).toEqual([0]);
    await rig.create(pod(0, { status: { podIPs: [] }, isReady: false }));
    expect(await published(rig)).toEqual([]);
    await writeStatus(rig, 0, { isReady: false });
    expect(await published(rig)).toEqual(['web-0']);
    await rig.create(pod(1));
    expect(await published(rig)).toEqual(['web-0', 'web-1']);
    const relabel = (app: string) =>
      rig.objects.patchWith('Pod', 'default', 'web-1', (current) => ({
        ...current,
        metadata: { ...current.metadata, labels: { app } },
      }));
    await relabel('db');
    await rig.settle();
    expect(await published(rig)).toEqual(['web-0']);
    await relabel('web');
    await rig.settle();
    expect(await published(rig)).toEqual(['web-0', 'web-1']);
    await writeStatus(rig, 1, { isReady: false, status: { phase: 'Failed' } });
    expect(await published(rig)).toEqual(['web-0']);
    await rig.objects.delete('Pod', 'default', 'web-0', { gracePeriodSeconds: 0 });
    await rig.settle();
    expect(await published(rig)).toEqual([]);
    expect(sizes(await rig.list('EndpointSlice'))).toEqual([0]);
    expect(rig.errors).toEqual([]);
  });

  it('does not look for changes that no endpoint shows', async () => {
    await using rig = await started();
    await rig.create(service());
    await rig.create(pod(0));
    await rig.clock.advanceBy(2000);
    const looks = rig.hosts[0]?.looks;
    await writeStatus(rig, 0, { status: { containerStatuses: [{ name: 'main', restartCount: 1 }] } });
    await rig.create(pod(1, { metadata: { name: 'web-1', namespace: 'other', labels: { app: 'web' } } }));
    await rig.create(pod(2, { status: { podIPs: [] } }));
    await writeStatus(rig, 2, { status: { podIPs: [] }, isReady: false });
    await rig.clock.advanceBy(2000);
    expect(rig.hosts[0]?.looks).toBe(looks);
  });

  it('looks once more a second after it has written, writes nothing, and rests', async () => {
    await using rig = await started();
    await rig.create(service());
    await createAll(rig, pods(3));
    const before = await versions(rig);
    const looks = rig.hosts[0]?.looks ?? 0;
    await rig.clock.advanceBy(3_600_000);
    expect(rig.hosts[0]?.looks).toBe(looks + 1);
    expect(await versions(rig)).toEqual(before);
  });

  it('puts right what others did to its slices, a second later', async () => {
    await using rig = await started();
    await rig.create(service());
    await createAll(rig, pods(2));
    await rig.clock.advanceBy(2000);
    const [slice] = await rig.list('EndpointSlice');
    const name = slice?.metadata.name ?? '';
    await rig.objects.patchWith('EndpointSlice', 'default', name, (current) => ({
      ...current,
      endpoints: [],
    }));
    await rig.clock.advanceBy(999);
    expect(await published(rig)).toEqual([]);
    await rig.clock.advanceBy(1);
    expect(await published(rig)).toEqual(['web-0', 'web-1']);
    await rig.objects.delete('EndpointSlice', 'default', name);
    await rig.clock.advanceBy(1000);
    expect(await published(rig)).toEqual(['web-0', 'web-1']);
  });

  it('leaves slices of other managers alone', async () => {
    await using rig = await started();
    const foreign: ApiObject = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'mine', labels: { 'kubernetes.io/service-name': 'web' } },
      ...{ addressType: 'IPv4', endpoints: [] },
    };
    const { metadata } = await rig.create(foreign);
    await rig.create(service());
    await rig.create(pod(0));
    await rig.objects.delete('Service', 'default', 'web');
    await rig.clock.advanceBy(5000);
    expect(await versions(rig)).toEqual([`mine ${metadata.resourceVersion}`]);
  });

  it('shows the zone of the node, also of one that comes, moves or goes later', async () => {
    await using rig = await started();
    await rig.create(node('node-b'));
    await rig.create(service());
    await rig.create(pod(0));
    expect(await published(rig)).toEqual([]);
    const zone = async () => (await rig.list('EndpointSlice'))[0]?.endpoints[0]?.zone;
    await rig.create(node('node-a', 'zone-1'));
    expect(await zone()).toBe('zone-1');
    await rig.objects.update(node('node-a', 'zone-2'));
    await rig.settle();
    expect(await zone()).toBe('zone-2');
    await rig.objects.delete('Node', undefined, 'node-a');
    await rig.settle();
    expect(await published(rig)).toEqual([]);
  });

  it('does without Node objects where nobody keeps any', async () => {
    await using rig = await started();
    await rig.create(service());
    await rig.create(pod(0));
    expect(await published(rig)).toEqual(['web-0']);
  });

  it('looks at a large Service now and then, however often its pods change', async () => {
    await using rig = await started();
    await createAll(rig, pods(600, { isReady: false }));
    await rig.create(service());
    await rig.clock.advanceBy(2000);
    const looks = rig.hosts[0]?.looks ?? 0;
    for (let i = 0; i < 120; i += 1) {
      await rig.objects.patchWith(
        'Pod',
        'default',
        `web-${i}`,
        (current) => ({ ...current, status: pod(i).status }),
        {
          subresource: 'status',
        },
      );
      await rig.clock.advanceBy(1);
    }
    await rig.clock.advanceBy(12);
    const endpoints = (await rig.list('EndpointSlice')).flatMap((slice) => slice.endpoints);
    expect(endpoints.filter(({ conditions }) => conditions?.ready)).toHaveLength(120);
    // 600 pods: one look in 12 ms.
    expect((rig.hosts[0]?.looks ?? 0) - looks).toBeLessThanOrEqual(12);
  });

  it('tells observers what it did', async () => {
    await using rig = await started();
    await createAll(rig, pods(101));
    await rig.create(service());
    expect(rig.facts).toEqual([
      {
        address: 'controller/endpointslice/default/web',
        type: 'endpointslice.changed',
        data: { created: 2, updated: 0, deleted: 0 },
      },
    ]);
  });

  it('refuses a size of slices that Kubernetes would refuse', () => {
    for (const endpointsPerSliceMax of [0, 1001, 1.5, Number.NaN])
      expect(() => endpointSliceController({ endpointsPerSliceMax })).toThrow('endpointsPerSliceMax');
    expect(endpointSliceController({ endpointsPerSliceMax: 1000 }).name).toBe('endpointslice');
  });
});

describe('the slices of a Service that is deleted', () => {
  it('go with it, without a garbage collector', async () => {
    await using rig = await started();
    await createAll(rig, pods(101));
    await rig.create(service());
    await rig.objects.delete('Service', 'default', 'web');
    await rig.settle();
    expect(await rig.list('EndpointSlice')).toEqual([]);
    await rig.clock.advanceBy(2000);
    expect(rig.hosts[0]?.actors).toBe(0);
  });

  it('go when the controller starts only later', async () => {
    await using before = await started();
    await before.create(service());
    await before.objects.delete('Service', 'default', 'web');
    const [slice] = await before.list('EndpointSlice');
    await using rig = new ControllerRig();
    if (slice === undefined) throw new Error('there is a slice');
    const { resourceVersion: _, ...metadata } = slice.metadata;
    await rig.create({ ...slice, metadata });
    await rig.start(endpointSliceController());
    await rig.clock.advanceBy(1000);
    expect(await rig.list('EndpointSlice')).toEqual([]);
  });

  it('stay when they were orphaned on purpose', async () => {
    await using rig = await started();
    await rig.create(service());
    const name = (await rig.list('EndpointSlice'))[0]?.metadata.name ?? '';
    await rig.objects.patchWith('EndpointSlice', 'default', name, ({ metadata, ...rest }) => {
      const { ownerReferences: _, ...others } = metadata;
      return { ...rest, metadata: others };
    });
    await rig.objects.delete('Service', 'default', 'web');
    await rig.clock.advanceBy(5000);
    expect((await rig.list('EndpointSlice')).map(({ metadata }) => metadata.name)).toEqual([name]);
  });

  it('may be gone already: the garbage collector was faster', async () => {
    await using rig = await started({
      objects: (store) => ({
        ...store,
        delete: async (kind, namespace, name, options) => {
          await store.delete(kind, namespace, name, options);
          return await store.delete(kind, namespace, name, options);
        },
      }),
    });
    await rig.create(service());
    await rig.objects.delete('Service', 'default', 'web');
    await rig.settle();
    expect(await rig.list('EndpointSlice')).toEqual([]);
    expect(rig.hosts[0]?.actors).toBe(0);
  });

  it('stay when only the cache does not know the Service', async () => {
    await using rig = new ControllerRig({
      watched: (store) => ({
        ...store,
        watch: (kind, namespace, options) =>
          store.watch(kind === 'Service' ? 'NoSuchKind' : kind, namespace, options) as never,
      }),
    });
    const { metadata } = await rig.create(service());
    await rig.create({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name: 'web-1',
        labels: {
          'kubernetes.io/service-name': 'web',
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        },
        ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name: 'web', uid: metadata.uid ?? '' }],
      },
      ...{ addressType: 'IPv4', endpoints: [] },
    });
    await rig.start(endpointSliceController());
    await rig.clock.advanceBy(5000);
    expect(rig.hosts[0]?.looks).toBe(1);
    expect(await rig.list('EndpointSlice')).toHaveLength(1);
  });

  it('make way for those of its successor', async () => {
    await using rig = await started();
    await rig.create(service());
    await rig.create(pod(0));
    const [first] = await rig.list('EndpointSlice');
    await rig.objects.delete('Service', 'default', 'web');
    const successor = await rig.objects.create(service());
    await rig.clock.advanceBy(2000);
    const slices = await rig.list('EndpointSlice');
    expect(slices.map(({ metadata }) => metadata.ownerReferences?.[0]?.uid)).toEqual([
      successor.metadata.uid,
    ]);
    expect(slices[0]?.metadata.name).not.toBe(first?.metadata.name);
    expect(await published(rig)).toEqual(['web-0']);
  });
});

describe('a write of a slice that fails', () => {
  /** Slices cannot be created until `works` is called. */
  function brokenCreate() {
    let isBroken = true;
    let attempts = 0;
    const objects = (store: ObjectStore): ObjectStore => ({
      ...store,
      create: async (object, options) => {
        if (object.kind === 'EndpointSlice') attempts += 1;
        if (isBroken && object.kind === 'EndpointSlice') throw new MooringError('VALUE_TOO_LARGE', 'no room');
        return await store.create(object, options);
      },
    });
    return {
      objects,
      attempts: () => attempts,
      works: () => {
        isBroken = false;
      },
    };
  }

  it('is told at the Service and tried again after 1 s, 2 s, 4 s', async () => {
    const { objects, attempts, works } = brokenCreate();
    await using rig = await started({ objects });
    await rig.create(service());
    expect(rig.events[0]).toEqual({
      component: 'endpoint-slice-controller',
      about: 'Service/web',
      type: 'Warning',
      reason: 'FailedToUpdateEndpointSlices',
      message: 'Error updating Endpoint Slices for Service default/web: no room',
    });
    await rig.clock.advanceBy(2999);
    expect(attempts()).toBe(2);
    works();
    await rig.clock.advanceBy(1);
    expect(sizes(await rig.list('EndpointSlice'))).toEqual([0]);
  });

  it('is given up after 15 more attempts, for ten minutes or until something changes', async () => {
    const { objects, attempts, works } = brokenCreate();
    await using rig = await started({ objects });
    await rig.create(service());
    await rig.clock.advanceBy(6_500_000);
    expect(attempts()).toBe(16);
    works();
    await rig.create(pod(0));
    expect(await published(rig)).toEqual(['web-0']);
  });

  it('is put right when it was done after all', async () => {
    let failures = 1;
    await using rig = await started({
      objects: (store) => ({
        ...store,
        create: async (object, options) => {
          const created = await store.create(object, options);
          if (object.kind === 'EndpointSlice' && failures-- > 0)
            throw new MooringError('OUTCOME_UNKNOWN', 'no reply');
          return created;
        },
      }),
    });
    await rig.create(pod(0));
    await rig.create(service());
    await rig.clock.advanceBy(10_000);
    expect(sizes(await rig.list('EndpointSlice'))).toEqual([1]);
  });
});
