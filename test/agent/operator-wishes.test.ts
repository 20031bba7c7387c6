import { pausedAnnotation, retryAnnotation } from '@mooring/core';
import { exits, type FakeImages, runsForever } from '@mooring/runtime-fake';
import { afterEach, describe, expect, test } from 'vitest';
import { type AgentRig, agentRig, podOf } from './support/agent-rig.ts';

let rig: AgentRig;
afterEach(() => rig[Symbol.asyncDispose]());

const dies: FakeImages = { app: { run: exits(1, 1000) }, good: { run: runsForever } };

async function annotate(annotations: Readonly<Record<string, string | null>>): Promise<void> {
  await rig.cluster.patch('Pod/default/web', { metadata: { annotations } });
  await rig.pass(0);
}

/** Runs, and answers every request with an error. */
const ill = { listens: { 80: { http: () => ({ status: 500 }) } } };

const startsOf = () => rig.factsOf('container.started').length;

describe('a pod that is asked to try again', () => {
  test('does so at once, and waits longer after the next crash, as if nobody had asked', async () => {
    rig = await agentRig({ images: dies });
    await rig.cluster.apply(podOf());
    // Crashes at 1 s and 2 s; the third start would come 10 s later.
    await rig.pass(4000);
    expect(startsOf()).toBe(2);
    await annotate({ [retryAnnotation]: 'once' });
    await rig.pass(500);
    expect(startsOf()).toBe(3);
    await annotate({ [retryAnnotation]: 'twice' });
    expect(startsOf()).toBe(3);
    expect(rig.events.filter(({ reason }) => reason === 'RetryRequested')).not.toEqual([]);
  });

  test('is not tried again for what was asked before, by an agent that was started anew', async () => {
    rig = await agentRig({ images: dies });
    await rig.cluster.apply(podOf());
    await rig.pass(2500);
    await annotate({ [retryAnnotation]: 'once' });
    // The third instance has crashed: the fourth would come 20 s later, or at once for an agent that has forgotten.
    await rig.pass(2000);
    const before = startsOf();
    await annotate({ 'other/annotation': 'x' });
    await rig.pass(1000);
    expect(startsOf()).toBe(before);
  });
});

describe('a paused pod', () => {
  test('is not restarted, says who paused it, and goes on when it is resumed', async () => {
    rig = await agentRig({ images: dies });
    await rig.cluster.apply(podOf({ image: 'good' }));
    await rig.pass(1000);
    await annotate({ [pausedAnnotation]: 'ann: looking into it' });
    rig.host.crash('web', 'main', { exitCode: 3 });
    await rig.pass(600_000);
    expect(startsOf()).toBe(1);
    expect(await rig.condition('mooring.dev/Paused')).toMatchObject({
      status: 'True',
      message: 'ann: looking into it',
    });
    await annotate({ [pausedAnnotation]: null });
    await rig.pass(1000);
    expect(startsOf()).toBe(2);
    expect(await rig.condition('mooring.dev/Paused')).toMatchObject({ status: 'False' });
    const told = rig.events.map(({ reason }) => reason).filter((reason) => /Paused|Resumed/.test(reason));
    expect(told).toEqual(['Paused', 'Resumed']);
  });

  test('is not killed for its liveness probe, whatever the container answers meanwhile', async () => {
    rig = await agentRig({ images: { good: { run: ill } } });
    const livenessProbe = { httpGet: { path: '/', port: 80 }, periodSeconds: 5, failureThreshold: 2 };
    const pod = podOf({ image: 'good', main: { livenessProbe } });
    await rig.cluster.apply({
      ...pod,
      metadata: { ...pod.metadata, annotations: { [pausedAnnotation]: 'ann' } },
    });
    await rig.pass(0);
    await annotate({ [pausedAnnotation]: null });
    await rig.pass(1000);
    await annotate({ [pausedAnnotation]: 'ann' });
    await rig.pass(120_000);
    expect(rig.factsOf('container.killing')).toEqual([]);
    await annotate({ [pausedAnnotation]: null });
    await rig.pass(20_000);
    expect(rig.factsOf('container.killing').length).toBeGreaterThan(0);
  });

  test('starts nothing when it is new, and can be deleted', async () => {
    rig = await agentRig({ images: dies });
    const pod = podOf({ image: 'good' });
    await rig.cluster.apply({
      ...pod,
      metadata: { ...pod.metadata, annotations: { [pausedAnnotation]: 'ann' } },
    });
    await rig.pass(60_000);
    expect(startsOf()).toBe(0);
    await rig.cluster.delete('Pod', 'default', 'web');
    await rig.pass(60_000);
    expect(await rig.cluster.get('Pod', 'default', 'web')).toBeUndefined();
  });

  test('stays paused for an agent that is started anew', async () => {
    rig = await agentRig({ images: dies });
    await rig.cluster.apply(podOf({ image: 'good' }));
    await rig.pass(1000);
    await annotate({ [pausedAnnotation]: 'ann' });
    await rig.detach();
    rig.host.crash('web', 'main');
    await rig.start();
    await rig.pass(60_000);
    expect(startsOf()).toBe(1);
  });
});

test('the record of a death for a probe says what the probe said', async () => {
  rig = await agentRig({ images: { good: { run: ill } } });
  const livenessProbe = { httpGet: { path: '/', port: 80 }, periodSeconds: 5, failureThreshold: 2 };
  await rig.cluster.apply(podOf({ image: 'good', main: { livenessProbe } }));
  await rig.pass(60_000);
  const { terminations = [] } = await rig.status();
  expect(terminations[0]).toMatchObject({
    cause: 'Container main failed liveness probe, will be restarted',
    probe: { type: 'liveness', message: 'HTTP probe failed with statuscode: 500' },
  });
});
