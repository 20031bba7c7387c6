import type { EndpointSlice, LifecycleHandler } from '@mooring/core';
import { type FakeImages, ignoresStop, runsForever } from '@mooring/runtime-fake';
import { afterEach, describe, expect, test } from 'vitest';
import { type AgentRig, agentRig, podOf } from './support/agent-rig.ts';

let rig: AgentRig;
afterEach(() => rig[Symbol.asyncDispose]());

const images: FakeImages = { app: { run: runsForever }, stubborn: { run: ignoresStop } };
const nap = (seconds: number): LifecycleHandler => ({ sleep: { seconds } });
const remove = (gracePeriodSeconds?: number) =>
  rig.cluster.delete('Pod', 'default', 'web', gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds });

/** The pod is deleted at this moment of the rig's life. */
const deletedAtMs = 10_000;
/** When containers ended, in milliseconds since then. */
const ends = () => {
  const startMs = rig.clock.now() - rig.nowMs;
  return rig.factsOf('container.exited').map(({ at }) => at - startMs - deletedAtMs);
};

/** Lists the pod `web`, or does so no more. */
async function list(isReady: boolean, name = 'web'): Promise<void> {
  const { uid } = (await rig.pod()).metadata;
  const slice: EndpointSlice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    endpoints: [
      {
        addresses: ['10.0.0.1'],
        conditions: { ready: isReady, serving: true, terminating: !isReady },
        targetRef: { kind: 'Pod', namespace: 'default', name: 'web', uid },
      },
    ],
    ports: [{ port: 8080 }],
  };
  await rig.cluster.apply(slice);
}

async function listedPod(spec: Parameters<typeof podOf>[0] = {}, node: object = {}): Promise<void> {
  rig = await agentRig({ images, node });
  await rig.cluster.apply(podOf(spec));
  await rig.pass(1000);
  await list(true);
  await rig.pass(deletedAtMs - 1000);
}

describe('a deleted pod that a Service leads to', () => {
  test('gets its stop signal once no EndpointSlice lists it as ready', async () => {
    await listedPod();
    await remove();
    await rig.pass(700);
    expect(rig.running).toEqual(['web/main#0']);
    await list(false);
    await rig.pass(0);
    expect(ends()).toEqual([700]);
  });

  test('waits for each of the slices that list it', async () => {
    await listedPod();
    await list(true, 'other');
    await remove();
    await rig.pass(300);
    await list(false);
    await rig.pass(300);
    await rig.cluster.delete('EndpointSlice', 'default', 'other');
    await rig.pass(5000);
    expect(ends()).toEqual([600]);
  });

  test.each([
    ['2 s at most when nobody takes it off', {}, undefined, 2000],
    ['as long as its node says', { withdrawMsMax: 4000 }, undefined, 4000],
    ['not at all where its node says so', { withdrawMsMax: 0 }, undefined, 0],
    ['half of its grace period at most', {}, 3, 1500],
  ])('waits %s', async (_, node, grace, want) => {
    await listedPod({}, node);
    await remove(grace);
    await rig.pass(60_000);
    expect(ends()).toEqual([want]);
    expect(await rig.exists()).toBe(false);
  });

  test('does not get a longer grace period by it', async () => {
    await listedPod({ image: 'stubborn' });
    await remove(10);
    await rig.pass(60_000);
    expect(ends()).toEqual([10_000]);
  });

  test.each([
    [1, 2000],
    [5, 5000],
  ])('runs its preStop hook meanwhile: %d s', async (seconds, want) => {
    await listedPod({ main: { lifecycle: { preStop: nap(seconds) } } });
    await remove();
    await rig.pass(60_000);
    expect(ends()).toEqual([want]);
  });

  test('is looked at again by an agent that starts in the middle', async () => {
    await listedPod();
    await remove();
    await rig.pass(500);
    await rig.restartAgent(100);
    await rig.pass(200);
    expect(rig.running).toEqual(['web/main#0']);
    await list(false);
    await rig.pass(0);
    expect(ends()).toEqual([800]);
  });

  test('does not wait anew when a second deletion shortens the first', async () => {
    await listedPod({ image: 'stubborn' });
    await remove();
    await rig.pass(5000);
    await remove(6);
    await rig.pass(60_000);
    expect(ends()).toEqual([11_000]);
  });

  test('waits with all its containers', async () => {
    rig = await agentRig({ images });
    const containers = ['one', 'two'].map((name) => ({ name, image: 'app' }));
    await rig.cluster.apply(podOf({ containers }));
    await rig.pass(1000);
    await list(true);
    await rig.pass(deletedAtMs - 1000);
    await remove();
    await rig.pass(900);
    await list(false);
    await rig.pass(10_000);
    expect(ends()).toEqual([900, 900]);
  });
});

describe('nothing waits', () => {
  test('where no Service leads to the pod', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf());
    await rig.pass(deletedAtMs);
    await remove();
    await rig.pass(0);
    expect(ends()).toEqual([0]);
  });

  test('for a pod that is listed as not ready', async () => {
    await listedPod();
    await list(false);
    await remove();
    await rig.pass(0);
    expect(ends()).toEqual([0]);
  });

  test('for a container that is killed while its pod lives on', async () => {
    await listedPod();
    const { uid } = (await rig.pod()).metadata;
    await rig.cluster.actor(`pod/${uid}/container/main`).send({ type: 'container.restart' });
    await rig.pass(0);
    expect(ends()).toEqual([0]);
  });

  test('when the agent is closed: its pods are not deleted', async () => {
    await listedPod();
    const beforeMs = rig.nowMs;
    await rig.close();
    expect(rig.nowMs - beforeMs).toBeLessThan(500);
  });
});
