import {
  type Bus,
  createCluster,
  createInProcessBus,
  createMemoryStore,
  MooringError,
  type Pod,
} from '@mooring/core';
import { memoryVolumes, TestClock } from '@mooring/core/testing';
import { exits, fakeProbes, fakeRuntime } from '@mooring/runtime-fake';
import { describe, expect, it } from 'vitest';
import {
  createMetrics,
  createStoreMeter,
  type Metrics,
  measureBus,
  measureCluster,
  measurePlugin,
} from '../src/index.ts';

/** The value of one line of `/metrics`. */
async function figureOf(metrics: Metrics, line: string): Promise<number | undefined> {
  const found = (await metrics.text()).split('\n').find((one) => one.startsWith(`${line} `));
  return found === undefined ? undefined : Number(found.split(' ').at(-1));
}

describe('a store that is measured', () => {
  const clock = new TestClock();

  it('works as before, and is counted', async () => {
    const metrics = createMetrics();
    const store = createStoreMeter(metrics, clock).measure(createMemoryStore());
    const revision = await store.create('a/b', { x: 1 });
    await expect(store.create('a/b', {})).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    expect(await store.get('a/b')).toMatchObject({ revision });
    expect(await figureOf(metrics, 'mooring_store_seconds_count{operation="create"}')).toBe(2);
    expect(
      await figureOf(metrics, 'mooring_store_errors_total{operation="create",code="ALREADY_EXISTS"}'),
    ).toBe(1);
  });

  it('is well as long as its last call was answered', async () => {
    const meter = createStoreMeter(createMetrics(), clock);
    const inner = createMemoryStore();
    let isAway = false;
    const store = meter.measure({
      ...inner,
      get: async (key) => {
        if (isAway) throw new MooringError('TRANSPORT_UNAVAILABLE', 'nobody there');
        return await inner.get(key);
      },
    } as typeof inner);
    expect(meter.check.check()).toBeUndefined();
    isAway = true;
    await expect(store.get('a')).rejects.toThrow();
    expect(meter.check.check()).toBe('nobody there');
    isAway = false;
    await store.get('a');
    expect(meter.check.check()).toBeUndefined();
  });
});

describe('a bus that is measured', () => {
  it('carries what it carried before, and counts facts that nobody else listens to', async () => {
    const clock = new TestClock();
    const metrics = createMetrics();
    const sent: string[] = [];
    const inner = createInProcessBus({ clock });
    const spied = new Proxy(inner, {
      get: (target, key) =>
        key === 'publish' ? (subject: string) => sent.push(subject) : Reflect.get(target, key),
    }) as unknown as Bus;
    const bus = measureBus(spied, metrics, clock);
    const exited = 'mooring.v1.m.actor.pod.u.container.c.facts.exited';
    expect(bus.listening?.(exited)).toBe(true);
    expect(bus.listening?.('mooring.v1.m.actor.node.n.facts.x')).toBe(false);
    bus.publish(exited, { type: 'container.exited', data: { reason: 'OOMKilled' } });
    expect(sent).toEqual([]);
    expect(await figureOf(metrics, 'mooring_container_exits_total{reason="OOMKilled"}')).toBe(1);
    await expect(bus.request('nobody.there', {}, { timeoutMs: 10 })).rejects.toMatchObject({
      code: 'NO_RESPONDERS',
    });
    expect(await figureOf(metrics, 'mooring_bus_request_errors_total{code="NO_RESPONDERS"}')).toBe(1);
  });
});

it('a cluster that is measured tells of restarts, back-offs, probes, its runtime and its controllers', async () => {
  const clock = new TestClock();
  const metrics = createMetrics();
  const fake = fakeRuntime({
    images: {
      dies: { run: exits(3, 1000) },
      ill: { run: { listens: { 80: { http: () => ({ status: 500 }) } } } },
    },
  });
  const store = createStoreMeter(metrics, clock);
  const cluster = await createCluster({
    plugins: [fake, fakeProbes(fake)].map((plugin) => measurePlugin(plugin, metrics, clock)),
    carriers: { store: store.measure, bus: (bus) => measureBus(bus, metrics, clock) },
    nodes: [{ name: 'node-a' }],
    clock,
    volumes: () => memoryVolumes(),
  });
  measureCluster(cluster, metrics);
  const pod = (name: string, more = {}): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: { containers: [{ name: 'main', image: name, ...more }] },
  });
  const livenessProbe = { httpGet: { path: '/', port: 80 }, periodSeconds: 5, failureThreshold: 2 };
  await cluster.apply([pod('dies'), pod('ill', { livenessProbe })]);
  await clock.advanceBy(40_000);
  const at = (line: string) => figureOf(metrics, line);
  expect(await at('mooring_container_restarts_total')).toBeGreaterThan(2);
  expect(await at('mooring_container_exits_total{reason="Error"}')).toBeGreaterThan(2);
  expect(await at('mooring_container_back_offs_total')).toBeGreaterThan(0);
  expect(await at('mooring_probe_failures_total{probe="liveness",outcome="failure"}')).toBeGreaterThan(1);
  expect(await at('mooring_probe_attempts_total{handler="httpGet",outcome="failure"}')).toBeGreaterThan(1);
  expect(await at('mooring_runtime_seconds_count{verb="startContainer"}')).toBeGreaterThan(3);
  expect(await at('mooring_runtime_ready{node="node-a"}')).toBe(1);
  expect(await at('mooring_store_seconds_count{operation="update"}')).toBeGreaterThan(3);
  const text = await metrics.text();
  expect(text).toMatch(/mooring_controller_looks_total\{controller="[\w-]+"\} [1-9]/);
  expect(store.check.check()).toBeUndefined();
  await cluster.detach();
});
