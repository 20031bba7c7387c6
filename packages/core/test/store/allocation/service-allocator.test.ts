import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ServiceSpec } from '../../../src/api/network.ts';
import type { Store } from '../../../src/contract/store.ts';
import { createLmdbStore } from '../../../src/store/lmdb-store.ts';
import { createMemoryStore } from '../../../src/store/memory-store.ts';
import { allocationRig, service } from './allocation-rig.ts';

const nodePort = (port: number): ServiceSpec => ({ type: 'NodePort', ports: [{ port: 80, nodePort: port }] });
const claimKeys = async (store: Store) => {
  const lists = await Promise.all(['serviceips/', 'servicenodeports/'].map((prefix) => store.list(prefix)));
  return lists.flatMap(({ entries }) => entries.map(({ key }) => key));
};

describe('a new Service', () => {
  it('has an address of the range when it was created', async () => {
    const { objects, store } = allocationRig();
    const { spec } = await objects.create(service('web'));
    expect(spec.clusterIP).toMatch(/^127\.(9[6-9]|10\d|11[01])\.\d+\.\d+$/);
    expect(spec).toMatchObject({
      clusterIPs: [spec.clusterIP],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
    });
    expect((await store.get(`serviceips/${spec.clusterIP}`))?.value).toMatchObject({
      namespace: 'default',
      name: 'web',
      isConfirmed: true,
    });
  });

  it.each([
    ['headless', { clusterIP: 'None' }, ['None', ['None']]],
    ['a name only', { type: 'ExternalName', externalName: 'example.org' }, [undefined, undefined]],
  ] as const)('that is %s gets none', async (_, given, want) => {
    const { objects, store } = allocationRig();
    const { spec } = await objects.create(service('web', given));
    expect([spec.clusterIP, spec.clusterIPs]).toEqual(want);
    expect(await claimKeys(store)).toEqual([]);
  });

  it.each(['NodePort', 'LoadBalancer'] as const)(
    'of type %s has a port for each of its ports',
    async (type) => {
      const { objects } = allocationRig();
      const ports = [
        { name: 'a', port: 80 },
        { name: 'b', port: 81 },
      ];
      const { spec } = await objects.create(service('web', { type, ports }));
      const given = (spec.ports ?? []).map((port) => port.nodePort ?? 0);
      expect(new Set(given).size).toBe(2);
      for (const port of given) expect([port >= 30000, port <= 32767]).toEqual([true, true]);
    },
  );

  it('may share one number between two protocols', async () => {
    const { objects } = allocationRig();
    const ports = (['TCP', 'UDP'] as const).map((protocol) => ({
      ...{ name: protocol.toLowerCase(), port: 53, protocol },
      nodePort: 30053,
    }));
    const { spec } = await objects.create(service('dns', { type: 'NodePort', ports }));
    expect(spec.ports?.map((port) => port.nodePort)).toEqual([30053, 30053]);
  });

  it('does not give a port that another of its ports asks for', async () => {
    const { objects } = allocationRig({ ports: { first: 30000, last: 30001 } });
    const ports = [
      { name: 'a', port: 80 },
      { name: 'b', port: 81, nodePort: 30000 },
    ];
    const { spec } = await objects.create(service('web', { type: 'NodePort', ports }));
    expect(spec.ports?.map((port) => port.nodePort)).toEqual([30001, 30000]);
  });

  it('leaves all others alone', async () => {
    const { objects, store } = allocationRig();
    await objects.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } });
    expect(await claimKeys(store)).toEqual([]);
  });
});

describe('a request', () => {
  it('is granted, and refused to the next in the words of Kubernetes', async () => {
    const { objects } = allocationRig();
    await objects.create(service('a', { clusterIP: '127.96.0.7' }));
    await expect(objects.create(service('b', { clusterIP: '127.96.0.7' }))).rejects.toMatchObject({
      code: 'INVALID',
      message:
        'Service "b" is invalid: spec.clusterIPs: Invalid value: ["127.96.0.7"]: failed to allocate IP 127.96.0.7: provided IP is already allocated',
    });
    await objects.create(service('c', nodePort(30080)));
    await expect(objects.create(service('d', nodePort(30080)))).rejects.toThrow(
      'Service "d" is invalid: spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated',
    );
  });

  it.each([
    [
      { clusterIP: '10.0.0.1' },
      'spec.clusterIPs: Invalid value: ["10.0.0.1"]: failed to allocate IP 10.0.0.1: the provided IP (10.0.0.1) is not in the valid range. The range of valid IPs is 127.96.0.0/12',
    ],
    [{ clusterIP: '127.96.0.0' }, 'the provided IP (127.96.0.0) is not in the valid range'],
    [{ clusterIP: 'web' }, 'spec.clusterIPs[0]: Invalid value: "web": must be a valid IP address'],
    [nodePort(80), 'spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range'],
    [{ ipFamilies: ['IPv6'] }, 'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster'],
    [{ ipFamilyPolicy: 'RequireDualStack' }, 'this cluster is not configured for dual-stack services'],
  ] as [ServiceSpec, string][])('%j is refused, and claims nothing', async (spec, words) => {
    const { objects, store } = allocationRig();
    await expect(objects.create(service('web', spec))).rejects.toThrow(words);
    expect(await claimKeys(store)).toEqual([]);
  });

  it('that is refused in part gives back the other part', async () => {
    const { objects, store } = allocationRig();
    await objects.create(service('a', nodePort(30080)));
    const before = await claimKeys(store);
    await expect(objects.create(service('b', nodePort(30080)))).rejects.toThrow('already allocated');
    expect(await claimKeys(store)).toEqual(before);
  });

  it('for a name that is taken gives back what it claimed', async () => {
    const { objects, store } = allocationRig();
    await objects.create(service('web'));
    const before = await claimKeys(store);
    await expect(objects.create(service('web'))).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    expect(await claimKeys(store)).toEqual(before);
  });
});

describe('what a Service has', () => {
  const asked: ServiceSpec = { clusterIP: '127.96.0.7', ...nodePort(30080) };
  const expectHeld = async ({ objects }: ReturnType<typeof allocationRig>) => {
    await expect(objects.create(service('b', { clusterIP: '127.96.0.7' }))).rejects.toThrow('already');
    await expect(objects.create(service('c', nodePort(30080)))).rejects.toThrow('already allocated');
  };

  it('stays its own when a second one of its name asks for the same and is refused', async () => {
    const rig = allocationRig();
    await rig.objects.create(service('web', asked));
    await expect(rig.objects.create(service('web', asked))).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    await expectHeld(rig);
    // And is free as soon as it goes.
    await rig.objects.delete('Service', 'default', 'web');
    await rig.objects.create(service('b', asked));
  });

  it('stays its own when the same change comes twice, and the second one too late', async () => {
    const store = createMemoryStore();
    const rig = allocationRig({ store });
    await rig.objects.create(service('web', { clusterIP: '127.96.0.7' }));
    // Reads the Service as it was before the first change, and claims when that is done.
    let isBehind = true;
    const former = await store.get('services/default/web');
    const behind: Store = Object.assign(Object.create(store), {
      get: async (...args: Parameters<Store['get']>) => {
        if (args[0] !== 'services/default/web' || !isBehind) return await store.get(...args);
        isBehind = false;
        return former;
      },
    });
    await rig.objects.update(service('web', asked));
    await allocationRig({ store: behind }).objects.update(service('web', asked));
    await expectHeld(rig);
  });
});

describe('what a Service had', () => {
  it('is free for the next one at once', async () => {
    const { objects } = allocationRig();
    await objects.create(service('a', { clusterIP: '127.96.0.7', ...nodePort(30080) }));
    await objects.delete('Service', 'default', 'a');
    const { spec } = await objects.create(service('b', { clusterIP: '127.96.0.7', ...nodePort(30080) }));
    expect(spec.clusterIP).toBe('127.96.0.7');
    await expect(objects.create(service('a', nodePort(30080)))).rejects.toThrow('already allocated');
  });

  it('fills a range again that was full', async () => {
    const { objects } = allocationRig({ range: '127.96.0.0/29' });
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await objects.create(service(name));
    const addresses = (await objects.list('Service')).items.map(({ spec }) => spec.clusterIP);
    expect([...addresses].sort()).toEqual([1, 2, 3, 4, 5, 6].map((i) => `127.96.0.${i}`));
    await expect(objects.create(service('g'))).rejects.toThrow(
      'spec.clusterIPs: Internal error: failed to allocate a serviceIP: range is full',
    );
    const gone = await objects.delete('Service', 'default', 'c');
    expect((await objects.create(service('g'))).spec.clusterIP).toBe(gone.spec.clusterIP);
  });

  it('is held after the store was closed and opened again, for as long as its Service is there', async () => {
    const path = mkdtempSync(join(tmpdir(), 'allocation-test-'));
    onTestFinished(() => rmSync(path, { recursive: true }));
    const former = await createLmdbStore({ path });
    const first = await allocationRig({ store: former }).objects.create(service('a', nodePort(30080)));
    await former[Symbol.asyncDispose]();
    await using store = await createLmdbStore({ path });
    const { objects } = allocationRig({ store });
    await expect(objects.create(service('b', nodePort(30080)))).rejects.toThrow('already allocated');
    const second = await objects.create(service('b'));
    expect(second.spec.clusterIP).not.toBe(first.spec.clusterIP);
    await objects.delete('Service', 'default', 'a');
    await objects.create(service('c', nodePort(30080)));
  });
});

describe('two at once', () => {
  it('get addresses and ports of their own, in a range that just holds them', async () => {
    const { objects } = allocationRig({ range: '127.96.0.0/28', ports: { first: 30000, last: 30013 } });
    const names = Array.from({ length: 14 }, (_, i) => `s${i}`);
    const made = await Promise.all(names.map((name) => objects.create(service(name, { type: 'NodePort' }))));
    expect(new Set(made.map(({ spec }) => spec.clusterIP)).size).toBe(14);
    expect(new Set(made.map(({ spec }) => spec.ports?.[0]?.nodePort)).size).toBe(14);
  });

  it('that want the same: one gets it', async () => {
    const { objects } = allocationRig();
    const results = await Promise.allSettled(
      ['a', 'b', 'c'].map((name) => objects.create(service(name, { clusterIP: '127.96.0.7' }))),
    );
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect((await objects.list('Service')).items).toHaveLength(1);
  });

  it('of one name and one address: one is created, and the address is its own', async () => {
    const { objects } = allocationRig();
    const twice = () => objects.create(service('web', { clusterIP: '127.96.0.7' }));
    const results = await Promise.allSettled([twice(), twice()]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(objects.create(service('b', { clusterIP: '127.96.0.7' }))).rejects.toThrow(
      'already allocated',
    );
  });

  it('do not share it when one of them stops for a minute between its claim and its Service', async () => {
    const store = createMemoryStore();
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const slow: Store = Object.assign(Object.create(store), {
      create: async (...args: Parameters<Store['create']>) => {
        if (args[0] === 'services/default/slow') await held;
        return await store.create(...args);
      },
    });
    const patient = allocationRig({ store: slow });
    const creating = patient.objects.create(service('slow', { clusterIP: '127.96.0.7' }));
    creating.catch(() => undefined);
    const other = allocationRig({ store });
    await expect(other.objects.create(service('b', { clusterIP: '127.96.0.7' }))).rejects.toThrow('already');
    await other.clock.advanceBy(61_000);
    await other.objects.create(service('b', { clusterIP: '127.96.0.7' }));
    letGo();
    await expect(creating).rejects.toMatchObject({ code: 'CONFLICT' });
    expect((await other.objects.list('Service')).items.map(({ metadata }) => metadata.name)).toEqual(['b']);
  });
});

describe('a changed Service', () => {
  it('keeps what it has been given when the change does not say, and counts no generation for it', async () => {
    const { objects } = allocationRig();
    const made = await objects.create(service('web', { type: 'NodePort' }));
    const again = await objects.update(service('web', { type: 'NodePort' }));
    expect(again).toBe(made);
  });

  it('keeps the node port of each port, and gets one for a new port', async () => {
    const { objects } = allocationRig();
    const ports = [
      { name: 'a', port: 80 },
      { name: 'b', port: 81 },
    ];
    const made = await objects.create(service('web', { type: 'NodePort', ports }));
    const [a, b] = (made.spec.ports ?? []).map((port) => port.nodePort);
    const others = [
      { name: 'c', port: 82 },
      { name: 'b', port: 81 },
    ];
    const next = await objects.update(service('web', { type: 'NodePort', ports: others }));
    const [c, kept] = (next.spec.ports ?? []).map((port) => port.nodePort);
    expect(kept).toBe(b);
    expect([a, b]).not.toContain(c);
  });

  it('may not get another address', async () => {
    const { objects } = allocationRig();
    await objects.create(service('web'));
    await expect(objects.update(service('web', { clusterIP: '127.96.0.7' }))).rejects.toThrow(
      'spec.clusterIPs[0]: Invalid value: ["127.96.0.7"]: may not change once set',
    );
    await expect(objects.update(service('web', { clusterIP: 'None' }))).rejects.toThrow('may not change');
  });

  it('gets what its new type needs, and loses what it has no use for', async () => {
    const { objects } = allocationRig();
    const { spec: first } = await objects.create(service('web'));
    const { spec: second } = await objects.update(service('web', { type: 'NodePort' }));
    expect(second.clusterIP).toBe(first.clusterIP);
    const [port] = second.ports ?? [];
    expect(port?.nodePort).toBeGreaterThanOrEqual(30000);
    const { spec: third } = await objects.patchWith('Service', 'default', 'web', (current) => ({
      ...current,
      spec: { ...current.spec, type: 'ClusterIP' as const },
    }));
    expect(third.ports?.map((one) => one.nodePort)).toEqual([undefined]);
    const { spec: fourth } = await objects.patchWith('Service', 'default', 'web', (current) => ({
      ...current,
      spec: { ...current.spec, type: 'ExternalName' as const, externalName: 'example.org' },
    }));
    expect(fourth).not.toHaveProperty('clusterIP');
    const { spec: last } = await objects.update(service('web'));
    expect(last.clusterIP).toMatch(/^127\./);
  });

  it('gets node ports once it is a load balancer no longer that does without them', async () => {
    const { objects } = allocationRig();
    const bare = { allocateLoadBalancerNodePorts: false };
    const made = await objects.create(service('web', { type: 'LoadBalancer', ...bare }));
    expect(made.spec.ports?.map((port) => port.nodePort)).toEqual([undefined]);
    const { spec } = await objects.patchWith('Service', 'default', 'web', (current) => ({
      ...current,
      spec: { ...current.spec, type: 'NodePort' as const },
    }));
    expect(spec).not.toHaveProperty('allocateLoadBalancerNodePorts');
    expect(spec.ports?.[0]?.nodePort).toBeGreaterThanOrEqual(30000);
    await expect(objects.create(service('other', { type: 'NodePort', ...bare }))).rejects.toThrow(
      'Service "other" is invalid: spec.allocateLoadBalancerNodePorts: Forbidden: may only be used when `type` is \'LoadBalancer\'',
    );
  });

  it('is written as it is when only its status changes', async () => {
    const { objects } = allocationRig();
    const made = await objects.create(service('web', { type: 'NodePort' }));
    const next = await objects.updateStatus({ ...made, status: { loadBalancer: {} } });
    expect(next.spec).toEqual(made.spec);
  });
});

describe('choosing', () => {
  it('leaves the first addresses and ports to those who ask for one', async () => {
    const { objects } = allocationRig({ range: '127.96.0.0/24' });
    for (let i = 0; i < 60; i += 1) await objects.create(service(`s${i}`));
    const { items } = await objects.list('Service');
    const last = items.map(({ spec }) => Number(spec.clusterIP?.split('.').at(3)));
    expect(Math.min(...last)).toBeGreaterThan(16);
  });
});
