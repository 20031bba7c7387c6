import type { LifecycleHandler } from '@mooring/core';
import { exits, type FakeImages, ignoresStop, runsForever } from '@mooring/runtime-fake';
import { afterEach, describe, expect, test } from 'vitest';
import { type AgentRig, agentRig, podOf } from './support/agent-rig.ts';

let rig: AgentRig;
afterEach(() => rig[Symbol.asyncDispose]());

const images: FakeImages = {
  app: { run: runsForever },
  stubborn: { run: ignoresStop },
  brief: { run: exits(0, 3000) },
};
const sh = (script: string): LifecycleHandler => ({ exec: { command: ['sh', '-c', script] } });
const nap = (seconds: number): LifecycleHandler => ({ sleep: { seconds } });
const deleteWeb = () => rig.cluster.delete('Pod', 'default', 'web');
const exits_ = () =>
  rig.factsOf('container.exited').map(({ at }) => (at - (rig.clock.now() - rig.nowMs)) / 1000);

describe('preStop', () => {
  test.each([
    ['of 20 s and a deaf app: signal after 20 s, killed after 30', 'stubborn', nap(20), 30],
    ['of 20 s and an app that listens: ends with the signal', 'app', nap(20), 20],
    ['of 40 s: cut off at 30 s, and 2 s are left for the app', 'stubborn', sh('sleep 40'), 32],
    ['of 40 s and an app that listens', 'app', sh('sleep 40'), 30],
  ])('%s', async (_, image, preStop, seconds) => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image, main: { lifecycle: { preStop } } }));
    await rig.pass(10_000);
    await deleteWeb();
    await rig.pass(60_000);
    expect(exits_()).toEqual([10 + seconds]);
    expect([rig.running, await rig.exists()]).toEqual([[], false]);
  });

  test('that fails is told without its details, and the end goes on', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ main: { lifecycle: { preStop: sh('echo secret; exit 3') } } }));
    await rig.pass(2000);
    await deleteWeb();
    await rig.pass(5000);
    expect(rig.lines()).toContain('FailedPreStopHook: PreStopHook failed');
    expect(rig.lines().join()).not.toContain('secret');
    expect(await rig.exists()).toBe(false);
  });

  test('that ends the process itself has not failed', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ main: { lifecycle: { preStop: sh('sleep 5; false') } } }));
    await rig.pass(2000);
    await deleteWeb();
    await rig.pass(1000);
    rig.host.crash('web', 'main', { exitCode: 0 });
    await rig.pass(10_000);
    expect(rig.reasons()).not.toContain('FailedPreStopHook');
  });

  test('runs for a failed probe too, and not for an end of its own', async () => {
    rig = await agentRig({ images });
    const lifecycle = { preStop: nap(4) };
    const livenessProbe = {
      exec: { command: ['false'] },
      periodSeconds: 1,
      failureThreshold: 1,
      initialDelaySeconds: 5,
    };
    await rig.cluster.apply([
      podOf({ main: { lifecycle, livenessProbe } }),
      podOf({ image: 'brief', restartPolicy: 'Never', main: { lifecycle } }, 'other'),
    ]);
    await rig.pass(15_000);
    expect(exits_()).toEqual([3, 9]);
  });

  test('is not run again by a second, shorter deletion', async () => {
    rig = await agentRig({ images: { busybox: {} } });
    const preStop = sh('echo hook >> /tmp/runs; sleep 20');
    const main = { command: ['sh', '-c', 'sleep infinity'], lifecycle: { preStop } };
    await rig.cluster.apply(podOf({ image: 'busybox', main }));
    await rig.pass(2000);
    await deleteWeb();
    await rig.pass(3000);
    await rig.cluster.delete('Pod', 'default', 'web', { gracePeriodSeconds: 10 });
    await rig.pass(2000);
    expect(await rig.cluster.exec({ pod: 'web' }, ['cat', '/tmp/runs'])).toMatchObject({ output: 'hook\n' });
    await rig.pass(10_000);
    expect([rig.running, await rig.exists()]).toEqual([[], false]);
  });

  test('is not run again when the stop after it fails and is tried again', async () => {
    rig = await agentRig({ images });
    rig.host.fault('stopContainer', { error: { code: 'CONFLICT', message: 'busy' }, times: 2 });
    await rig.cluster.apply(podOf({ main: { lifecycle: { preStop: sh('exit 1') } } }));
    await rig.pass(2000);
    await deleteWeb();
    await rig.pass(60_000);
    expect(rig.reasons().filter((reason) => reason === 'FailedPreStopHook')).toHaveLength(1);
    expect(await rig.exists()).toBe(false);
  });
});

describe('the containers of a pod', () => {
  const startedAt = () =>
    Object.fromEntries(
      rig.factsOf('container.started').map(({ address, at }) => {
        const startMs = rig.clock.now() - rig.nowMs;
        return [address.split('/').at(3) ?? '', (at - startMs) / 1000];
      }),
    );

  test('start one after the other: each waits for the hook of the one before', async () => {
    rig = await agentRig({ images });
    const containers = [
      { name: 'c', image: 'app', lifecycle: { postStart: nap(5) } },
      { name: 'b', image: 'app', lifecycle: { postStart: nap(3) } },
      { name: 'a', image: 'app' },
    ];
    await rig.cluster.apply(podOf({ containers }));
    await rig.pass(4000);
    expect(rig.running).toEqual(['web/c#0']);
    await rig.pass(10_000);
    expect(startedAt()).toEqual({ c: 5, b: 8, a: 8 });
  });

  test('do not wait for one that cannot start', async () => {
    rig = await agentRig({ images });
    const containers = [
      { name: 'lost', image: 'nope' },
      { name: 'sick', image: 'app', lifecycle: { postStart: sh('sleep 2; false') } },
      { name: 'well', image: 'app' },
    ];
    await rig.cluster.apply(podOf({ containers }));
    await rig.pass(5000);
    expect(rig.running).toContain('web/well#0');
    expect((await rig.container('lost')).state?.waiting?.reason).toBe('ImagePullBackOff');
  });

  test('come back without waiting for one another', async () => {
    rig = await agentRig({ images });
    const containers = [
      { name: 'slow', image: 'app', lifecycle: { postStart: nap(20) } },
      { name: 'quick', image: 'app' },
    ];
    await rig.cluster.apply(podOf({ containers }));
    await rig.pass(30_000);
    for (const name of ['slow', 'quick']) rig.host.crash('web', name);
    await rig.pass(1000);
    expect(rig.running).toEqual(['web/quick#1', 'web/slow#1']);
    expect((await rig.container('quick')).state).toHaveProperty('running');
  });
});

describe('postStart', () => {
  test('holds back what comes after: status, probes and readiness', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ main: { lifecycle: { postStart: nap(5) } } }));
    await rig.pass(3000);
    expect(await rig.container()).toMatchObject({ state: { waiting: {} }, started: false, ready: false });
    expect((await rig.status()).phase).toBe('Pending');
    await rig.pass(3000);
    expect(await rig.container()).toMatchObject({ state: { running: {} }, started: true, ready: true });
  });

  test('that fails costs the container its life, with its preStop hook, and is tried again by the crash loop', async () => {
    rig = await agentRig({ images });
    const lifecycle = { postStart: sh('exit 7'), preStop: sh('exit 1') };
    await rig.cluster.apply(podOf({ main: { lifecycle } }));
    await rig.pass(5000);
    const { uid } = (await rig.pod()).metadata;
    expect(
      rig
        .lines()
        .filter((line) => !/^(Pull|Creat)/.test(line))
        .slice(0, 5),
    ).toEqual([
      'Started: Container started',
      'FailedPostStartHook: PostStartHook failed',
      'Killing: FailedPostStartHook',
      'FailedPreStopHook: PreStopHook failed',
      'ContainerExited: Container main exited with code 0 after 0s',
    ]);
    const waiting = rig.history().map(({ status }) => status.containerStatuses?.[0]?.state?.waiting);
    expect(waiting).toContainEqual({
      reason: 'PostStartHookError',
      message: `Exec lifecycle hook ([sh -c exit 7]) for Container "main" in Pod "web_default(${uid})" failed - error: command 'sh -c exit 7' exited with 7, message: ""`,
    });
    expect((await rig.container()).restartCount).toBe(1);
    await rig.pass(100_000);
    expect((await rig.container()).restartCount).toBeLessThan(6);
  });

  test('that takes too long has failed', async () => {
    rig = await agentRig({ images, node: { postStartMsMax: 20_000 } });
    await rig.cluster.apply(
      podOf({ restartPolicy: 'Never', main: { lifecycle: { postStart: sh('sleep 500') } } }),
    );
    await rig.pass(25_000);
    expect(rig.reasons()).toContain('FailedPostStartHook');
    expect(rig.running).toEqual([]);
    expect((await rig.status()).phase).not.toBe('Running');
  });

  test('that hangs does not keep the pod from being deleted', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ main: { lifecycle: { postStart: sh('sleep 500') } } }));
    await rig.pass(5000);
    await deleteWeb();
    await rig.pass(1000);
    expect([rig.running, await rig.exists()]).toEqual([[], false]);
  });

  test('of a container that dies during it: the end is told once', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(
      podOf({ image: 'brief', restartPolicy: 'Never', main: { lifecycle: { postStart: nap(10) } } }),
    );
    await rig.pass(20_000);
    expect((await rig.status()).phase).toBe('Succeeded');
    expect(rig.reasons().filter((reason) => reason === 'ContainerExited')).toHaveLength(1);
  });

  test('is not run for a container that was adopted', async () => {
    rig = await agentRig({ images: { busybox: {} } });
    const main = {
      command: ['sh', '-c', 'sleep infinity'],
      lifecycle: { postStart: sh('echo hook >> /tmp/runs') },
    };
    await rig.cluster.apply(podOf({ image: 'busybox', main }));
    await rig.pass(5000);
    await rig.restartAgent();
    await rig.pass(5000);
    expect(await rig.cluster.exec({ pod: 'web' }, ['cat', '/tmp/runs'])).toMatchObject({ output: 'hook\n' });
  });
});
