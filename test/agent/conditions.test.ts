import { exits, type FakeImages, runsForever } from '@mooring/runtime-fake';
import { afterEach, describe, expect, test } from 'vitest';
import { createObjectStore } from '../../packages/core/src/store/object-store.ts';
import { type AgentRig, agentRig, podOf } from './support/agent-rig.ts';

let rig: AgentRig;
afterEach(() => rig[Symbol.asyncDispose]());

const images: FakeImages = {
  app: { run: runsForever },
  ends: { run: exits(0, 5000) },
  fails: { run: exits(1, 5000) },
};
const isTrue = { status: 'True' };

describe('the conditions of a pod', () => {
  test('become true one after the other, each at its time', async () => {
    rig = await agentRig({ images });
    rig.host.fault('createSandbox', { delayMs: 3000, times: 1 });
    await rig.cluster.apply(podOf({ initContainers: [{ name: 'one', image: 'ends' }] }));
    const told = async () =>
      Object.fromEntries(((await rig.status()).conditions ?? []).map(({ type, status }) => [type, status]));
    await rig.pass(1000);
    expect(await told()).toEqual({
      PodScheduled: 'True',
      PodReadyToStartContainers: 'False',
      Initialized: 'False',
      ContainersReady: 'False',
      Ready: 'False',
    });
    await rig.pass(3000);
    expect(await told()).toMatchObject({ PodReadyToStartContainers: 'True', Initialized: 'False' });
    await rig.pass(5000);
    expect(await told()).toMatchObject({ Initialized: 'True', ContainersReady: 'True', Ready: 'True' });
    const ready = await rig.condition('Ready');
    expect(ready?.lastTransitionTime).toBe('2026-01-01T00:00:08Z');
    expect(ready).toMatchObject({ lastProbeTime: null, observedGeneration: 1 });
    await rig.pass(60_000);
    expect(await rig.condition('Ready')).toEqual(ready);
  });

  test.each([
    ['ends', 'Succeeded', 'PodCompleted', { status: 'True', reason: 'PodCompleted' }],
    ['fails', 'Failed', 'PodFailed', isTrue],
  ])('of one that %s', async (image, phase, reason, initialized) => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image, restartPolicy: 'Never' }));
    await rig.pass(10_000);
    expect((await rig.status()).phase).toBe(phase);
    expect(await rig.condition('Ready')).toMatchObject({ status: 'False', reason });
    expect(await rig.condition('ContainersReady')).toMatchObject({ status: 'False', reason });
    expect(await rig.condition('Initialized')).toMatchObject(initialized);
    expect(await rig.condition('PodReadyToStartContainers')).toMatchObject({ status: 'False' });
  });

  test('wait for the gates that others open, and keep what others write', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ readinessGates: [{ conditionType: 'example.com/lb' }] }));
    await rig.pass(2000);
    expect(await rig.condition('ContainersReady')).toMatchObject(isTrue);
    expect(await rig.condition('Ready')).toMatchObject({
      status: 'False',
      reason: 'ReadinessGatesNotReady',
      message: 'corresponding condition of pod readiness gate "example.com/lb" does not exist.',
    });
    // Another controller writes its condition into the status, as it does in Kubernetes.
    const { clock, store } = rig;
    const random = { next: () => 0.5, uuid: () => 'unused' };
    const objects = createObjectStore({ store, clock, random });
    const open = (status: 'True' | 'False') =>
      objects.patchWith(
        'Pod',
        'default',
        'web',
        (pod) => {
          const conditions = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'example.com/lb');
          return {
            ...pod,
            status: { ...pod.status, conditions: [...conditions, { type: 'example.com/lb', status }] },
          };
        },
        { subresource: 'status' },
      );
    await open('False');
    await rig.pass(1000);
    expect((await rig.condition('Ready'))?.message).toBe(
      'the status of pod readiness gate "example.com/lb" is not "True", but False',
    );
    await open('True');
    await rig.pass(1000);
    expect(await rig.condition('Ready')).toMatchObject(isTrue);
    expect(await rig.condition('example.com/lb')).toMatchObject(isTrue);
  });
});

describe('the status of a pod', () => {
  test('names its start, its addresses and its class of service, and they stay', async () => {
    rig = await agentRig({ images, node: { hostIP: '192.0.2.1' } });
    await rig.cluster.apply(podOf({ image: 'ends', restartPolicy: 'Never' }));
    await rig.pass(1000);
    const { podIP } = await rig.status();
    await rig.pass(10_000);
    expect(await rig.status()).toMatchObject({
      phase: 'Succeeded',
      startTime: '2026-01-01T00:00:00Z',
      hostIP: '192.0.2.1',
      podIP,
      podIPs: [{ ip: podIP }],
      qosClass: 'BestEffort',
    });
  });

  test('lists containers by name, whatever their order in the spec', async () => {
    rig = await agentRig({ images });
    const containers = ['zeta', 'alpha', 'mid'].map((name) => ({ name, image: 'app' }));
    await rig.cluster.apply(podOf({ containers }));
    await rig.pass(1000);
    expect((await rig.status()).containerStatuses?.map(({ name }) => name)).toEqual(['alpha', 'mid', 'zeta']);
  });

  test('goes one way: no phase is left for an earlier one', async () => {
    rig = await agentRig({ images: { ...images, app: { run: ({ attempt }) => exits(attempt, 3000) } } });
    await rig.cluster.apply(
      podOf({
        restartPolicy: 'OnFailure',
        containers: [
          { name: 'a', image: 'app' },
          { name: 'b', image: 'ends' },
        ],
      }),
    );
    await rig.pass(60_000);
    const phases = rig.history().map(({ status }) => status.phase);
    expect([...new Set(phases)]).toEqual(['Pending', 'Running', 'Succeeded']);
    expect(phases.lastIndexOf('Running')).toBeLessThan(phases.indexOf('Succeeded'));
  });

  test('is written when something changes, and not otherwise', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf());
    await rig.pass(5000);
    const writes = rig.history().length;
    await rig.pass(600_000);
    expect(rig.history()).toHaveLength(writes);
  });

  test('that somebody else overwrites is put right', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf());
    await rig.pass(5000);
    const { clock, store } = rig;
    const objects = createObjectStore({ store, clock, random: { next: () => 0.5, uuid: () => 'unused' } });
    await objects.patchWith('Pod', 'default', 'web', (pod) => ({ ...pod, status: { phase: 'Pending' } }), {
      subresource: 'status',
    });
    await rig.pass(1000);
    expect(await rig.status()).toMatchObject({ phase: 'Running', containerStatuses: [{ ready: true }] });
  });
});
