import {
  type Cluster,
  createAgent,
  createCluster,
  createControllers,
  createInProcessBus,
  createMemoryStore,
  type Pod,
  type StoredPod,
} from '@mooring/core';
import { memoryVolumes, TestClock } from '@mooring/core/testing';
import { fakeRuntime, runsForever } from '@mooring/runtime-fake';
import { afterEach, describe, expect, it } from 'vitest';

const running: Cluster[] = [];

afterEach(async () => {
  for (const cluster of running.splice(0).reverse()) await cluster.detach();
});

function begun(cluster: Cluster): Cluster {
  running.push(cluster);
  return cluster;
}

function surroundings() {
  const clock = new TestClock();
  const fake = fakeRuntime({ images: { app: { run: runsForever } } });
  const allocatable = { cpu: '1', memory: '1Gi', pods: '10' };
  return { clock, allocatable, plugins: [fake], volumes: () => memoryVolumes() };
}

const pod = (name: string, requests: Readonly<Record<string, string>> = {}, spec: object = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: { containers: [{ name: 'main', image: 'app', resources: { requests } }], ...spec },
});

async function nodeNames(cluster: Cluster): Promise<Readonly<Record<string, string | undefined>>> {
  const pods = await cluster.list('Pod');
  return Object.fromEntries(pods.map(({ metadata, spec }) => [metadata.name, spec.nodeName]));
}

const scheduled = ({ status }: StoredPod) => status?.conditions?.find(({ type }) => type === 'PodScheduled');

describe('a cluster of several nodes', () => {
  it('gives each pod a node at once, and says so', async () => {
    const { clock, allocatable, ...shared } = surroundings();
    const nodes = ['a', 'b'].map((name) => ({ name, allocatable }));
    const cluster = begun(await createCluster({ ...shared, clock, nodes }));
    await cluster.apply([pod('one', { cpu: '600m' }), pod('two', { cpu: '600m' })]);
    await clock.advanceBy(0);
    expect(new Set(Object.values(await nodeNames(cluster)))).toEqual(new Set(['a', 'b']));
    const one = await cluster.get('Pod', 'default', 'one');
    expect(one && scheduled(one)).toMatchObject({ status: 'True', observedGeneration: 1 });
    const events = await cluster.events('Pod/default/one');
    expect(events.find(({ reason }) => reason === 'Scheduled')).toMatchObject({
      type: 'Normal',
      message: `Successfully assigned default/one to ${one?.spec.nodeName}`,
      source: { component: 'default-scheduler' },
    });
    await clock.advanceBy(1000);
    expect((await cluster.get('Pod', 'default', 'two'))?.status?.phase).toBe('Running');
  });

  it('keeps a pod that fits nowhere, says why, and places it when a node joins', async () => {
    const { clock, allocatable, ...shared } = surroundings();
    const store = createMemoryStore();
    const own = { ...shared, clock, store };
    const cluster = begun(await createCluster({ ...own, nodes: [{ name: 'a', allocatable }] }));
    await cluster.apply(pod('big', { cpu: '3' }));
    await clock.advanceBy(60_000);
    const message =
      '0/1 nodes are available: 1 Insufficient cpu. ' +
      'preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.';
    const big = await cluster.get('Pod', 'default', 'big');
    expect(big?.status?.phase).toBe('Pending');
    expect(big && scheduled(big)).toMatchObject({ status: 'False', reason: 'Unschedulable', message });
    expect(await cluster.events('Pod/default/big')).toMatchObject([
      { type: 'Warning', reason: 'FailedScheduling', message, count: 1 },
    ]);
    const joining = { ...own, name: 'b', allocatable: { ...allocatable, cpu: '4' } };
    begun(await createAgent(joining));
    await clock.advanceBy(1000);
    expect(await nodeNames(cluster)).toEqual({ big: 'b' });
    expect((await cluster.get('Pod', 'default', 'big'))?.status?.phase).toBe('Running');
  });

  it('tells of its scheduler by address: what it has done and what waits', async () => {
    const { clock, allocatable, ...shared } = surroundings();
    const cluster = begun(await createCluster({ ...shared, clock, nodes: [{ name: 'a', allocatable }] }));
    const ending = new AbortController();
    const told: unknown[] = [];
    const listening = (async () => {
      for await (const { type, data } of cluster.facts('scheduler.>', { signal: ending.signal }))
        told.push({ type, data });
    })();
    await cluster.apply([pod('small'), pod('big', { cpu: '3' })]);
    await clock.advanceBy(0);
    expect(await cluster.actor('scheduler/default').snapshot()).toMatchObject({
      context: { waiting: 1, unschedulable: 1, placed: 1 },
    });
    ending.abort();
    await listening;
    // The first pod was being bound while the second one was tried.
    expect(told).toMatchObject([
      { type: 'scheduler.unschedulable', data: { pod: 'big', reason: 'Unschedulable' } },
      { type: 'scheduler.bound', data: { namespace: 'default', pod: 'small', node: 'a' } },
    ]);
  });
});

describe('controllers without a node', () => {
  it('place the pods of agents over one store and one bus', async () => {
    const { clock, allocatable, ...shared } = surroundings();
    const store = createMemoryStore();
    const bus = createInProcessBus({ clock });
    const own = { ...shared, clock, store, bus };
    begun(await createAgent({ ...own, name: 'a', allocatable }));
    const { volumes: _, ...control } = own;
    const controllers = begun(await createControllers(control));
    begun(await createAgent({ ...own, name: 'b', allocatable }));
    await clock.advanceBy(0);
    expect(controllers.nodes).toEqual([]);
    await controllers.apply([pod('one', { cpu: '600m' }), pod('two', { cpu: '600m' })]);
    await clock.advanceBy(5000);
    expect(new Set(Object.values(await nodeNames(controllers)))).toEqual(new Set(['a', 'b']));
    const phases = (await controllers.list('Pod')).map(({ status }) => status?.phase);
    expect(phases).toEqual(['Running', 'Running']);
    // Actors of another process answer by their address, too.
    const uid = (await controllers.get('Pod', 'default', 'one'))?.metadata.uid;
    expect(await controllers.actor(`pod/${uid}`).snapshot()).toMatchObject({ value: 'active' });
  });

  it('are a cluster without nodes as well', async () => {
    const { clock, allocatable, ...shared } = surroundings();
    const store = createMemoryStore();
    const own = { ...shared, clock, store };
    const cluster = begun(await createCluster({ ...own, nodes: [] }));
    await cluster.apply(pod('web'));
    await clock.advanceBy(1000);
    const waiting = await cluster.get('Pod', 'default', 'web');
    expect(waiting && scheduled(waiting)).toMatchObject({
      status: 'False',
      message: 'no nodes available to schedule pods',
    });
    begun(await createAgent({ ...own, name: 'late', allocatable }));
    await clock.advanceBy(1000);
    expect(await nodeNames(cluster)).toEqual({ web: 'late' });
  });

  it('leave pods alone that name another scheduler', async () => {
    const { clock, allocatable, ...shared } = surroundings();
    const cluster = begun(await createCluster({ ...shared, clock, nodes: [{ name: 'a', allocatable }] }));
    await cluster.apply(pod('mine', {}, { schedulerName: 'my-scheduler' }));
    await clock.advanceBy(600_000);
    const mine = await cluster.get('Pod', 'default', 'mine');
    expect([mine?.spec.nodeName, mine?.status]).toEqual([undefined, undefined]);
  });
});
