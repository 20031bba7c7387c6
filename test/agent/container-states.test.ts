import {
  diesBy,
  exits,
  type FakeImages,
  neverStarts,
  runsForever,
  runsOutOfMemory,
} from '@mooring/runtime-fake';
import { afterEach, describe, expect, test } from 'vitest';
import { type AgentRig, agentRig, podOf } from './support/agent-rig.ts';

let rig: AgentRig;
afterEach(() => rig[Symbol.asyncDispose]());

describe('how a container ended', () => {
  const images: FakeImages = {
    zero: { run: exits(0, 1000) },
    three: { run: { ...exits(3, 1000), lastWords: 'disk full' } },
    segfault: { run: diesBy('SIGSEGV', 1000) },
    killed: { run: diesBy('SIGKILL', 1000) },
    hungry: { run: runsOutOfMemory(1000) },
    broken: { run: neverStarts('exec: "nope": executable file not found in $PATH') },
  };

  test.each([
    ['zero', { exitCode: 0, reason: 'Completed' }],
    ['three', { exitCode: 3, reason: 'Error', message: 'disk full' }],
    ['segfault', { exitCode: 139, reason: 'Error' }],
    ['killed', { exitCode: 137, reason: 'Error' }],
    ['hungry', { exitCode: 137, reason: 'OOMKilled' }],
    ['broken', { exitCode: 128, reason: 'StartError' }],
  ])('%s', async (image, terminated) => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image, restartPolicy: 'Never' }));
    await rig.pass(3000);
    const { state } = await rig.container();
    expect(state?.terminated).toMatchObject(terminated);
    // The API has a field for the signal, and the kubelet leaves it empty.
    expect(state?.terminated).not.toHaveProperty('signal');
    const id = `fake://${rig.host.container('web', 'main').info.id}`;
    expect([(await rig.container()).containerID, state?.terminated?.containerID]).toEqual([id, id]);
  });

  test('moves to lastState once there is a next instance, and only the last one is kept', async () => {
    const codes = [7, 8];
    rig = await agentRig({
      images: {
        app: { run: ({ attempt }) => (attempt < 2 ? exits(codes[attempt] ?? 0, 1000) : runsForever) },
      },
    });
    await rig.cluster.apply(podOf());
    await rig.pass(1500);
    expect(await rig.container()).toMatchObject({
      state: { running: {} },
      lastState: { terminated: { exitCode: 7 } },
      restartCount: 1,
    });
    await rig.pass(15_000);
    expect(await rig.container()).toMatchObject({
      state: { running: {} },
      lastState: { terminated: { exitCode: 8 } },
      restartCount: 2,
    });
  });
});

describe('a container that waits', () => {
  test.each([
    ['for its sandbox', {}, 'ContainerCreating'],
    [
      'for its sandbox, with init containers before it',
      { initContainers: [{ name: 'i', image: 'app' }] },
      'PodInitializing',
    ],
  ])('%s', async (_, spec, reason) => {
    rig = await agentRig();
    rig.host.fault('createSandbox', { hangs: true });
    await rig.cluster.apply(podOf(spec));
    await rig.pass(1000);
    expect((await rig.container()).state).toEqual({ waiting: { reason } });
    expect((await rig.status()).phase).toBe('Pending');
  });

  test('because the runtime cannot create it', async () => {
    rig = await agentRig();
    const broken = rig.host.fault('createContainer', {
      error: { code: 'CREATE_FAILED', message: 'no space left' },
    });
    await rig.cluster.apply(podOf());
    await rig.pass(25_000);
    expect((await rig.container()).state).toEqual({
      waiting: { reason: 'CreateContainerError', message: 'no space left' },
    });
    expect(rig.lines()).toContain('Failed: Error: no space left');
    // Tried again every 10 to 15 s, not as a crash loop.
    expect(rig.host.calls.createContainer).toBe(3);
    broken[Symbol.dispose]();
    await rig.pass(15_000);
    expect([rig.running, (await rig.container()).restartCount]).toEqual([['web/main#0'], 0]);
  });

  test('because the runtime cannot start it: the dead instance is shown too', async () => {
    rig = await agentRig({ images: { broken: { run: neverStarts('no such file') } } });
    await rig.cluster.apply(podOf({ image: 'broken' }));
    await rig.pass(5000);
    const { state, lastState } = await rig.container();
    expect(state?.waiting?.reason).toBe('CrashLoopBackOff');
    expect(lastState?.terminated).toMatchObject({
      exitCode: 128,
      reason: 'StartError',
      message: 'no such file',
    });
    const reasons = rig.history().map(({ status }) => status.containerStatuses?.[0]?.state?.waiting?.reason);
    expect(reasons).toContain('RunContainerError');
  });

  test('because the start call fails and leaves no trace: tried again after 10 to 15 s', async () => {
    rig = await agentRig();
    const refused = { code: 'RUNTIME_UNAVAILABLE', message: 'engine busy' } as const;
    rig.host.fault('startContainer', { error: refused, times: 3 });
    await rig.cluster.apply(podOf());
    await rig.pass(1000);
    expect((await rig.container()).state).toEqual({
      waiting: { reason: 'RunContainerError', message: 'engine busy' },
    });
    await rig.pass(20_000);
    expect(rig.host.calls.startContainer).toBe(2);
    await rig.pass(30_000);
    expect([rig.running, (await rig.container()).restartCount]).toEqual([['web/main#0'], 0]);
  });

  test('because a start was given up that came through all the same: it is taken as it is', async () => {
    rig = await agentRig();
    rig.host.fault('startContainer', { hangs: true, afterEffect: true, times: 1 });
    await rig.cluster.apply(podOf());
    await rig.pass(70_000);
    expect(await rig.container()).toMatchObject({ state: { running: {} }, restartCount: 0 });
    expect(rig.reasons().filter((reason) => reason === 'Started')).toHaveLength(1);
  });

  test('because nobody knows of a start that came through: it ends before another image runs', async () => {
    rig = await agentRig();
    rig.host.fault('startContainer', { hangs: true, afterEffect: true, times: 1 });
    await rig.cluster.apply(podOf({ image: 'old' }));
    await rig.pass(50_000);
    rig.host.breakDown(20_000);
    await rig.pass(12_000);
    expect((await rig.container()).state?.waiting).toMatchObject({ reason: 'RunContainerError' });
    await rig.cluster.apply(podOf({ image: 'new' }));
    let most = 0;
    for (let second = 0; second < 60; second += 1) {
      await rig.pass(1000);
      most = Math.max(most, rig.running.length);
    }
    expect([most, rig.running]).toEqual([1, ['web/main#1']]);
    expect(await rig.container()).toMatchObject({ image: 'new', restartCount: 1 });
  });

  test.each([
    ['runs on', exits(0, 600_000), { state: { running: {} } }],
    ['has ended meanwhile', exits(3, 50), { state: { terminated: { exitCode: 3, reason: 'Error' } } }],
  ])('not because the look after its start fails: one that %s is taken as it is', async (_, run, found) => {
    rig = await agentRig({ images: { '*': { run } } });
    const error = { code: 'RUNTIME_UNAVAILABLE', message: 'engine busy' } as const;
    const when = () => rig.host.calls.startContainer > 0;
    rig.host.fault('inspectContainer', { error, delayMs: 100, times: 1, when });
    await rig.cluster.apply(podOf({ restartPolicy: 'Never' }));
    await rig.pass(2000);
    expect(await rig.container()).toMatchObject({ ...found, restartCount: 0 });
    expect(rig.reasons().filter((reason) => ['Started', 'Failed'].includes(reason))).toEqual(['Started']);
  });
});

describe('a container that vanished', () => {
  const lost = { exitCode: 137, reason: 'ContainerStatusUnknown' };

  test.each([
    ['before it was listed once', 2000],
    ['after it was listed', 15_000],
  ])('%s, is found missing by the next look and replaced', async (_, ageMs) => {
    rig = await agentRig();
    await rig.cluster.apply(podOf());
    await rig.pass(ageMs);
    rig.host.vanish('web', 'main');
    await rig.pass(12_000);
    expect(await rig.container()).toMatchObject({
      state: { running: {} },
      lastState: { terminated: lost },
      restartCount: 1,
    });
    expect(rig.running).toEqual(['web/main#1']);
  });

  test('ends a pod that is never restarted', async () => {
    rig = await agentRig();
    await rig.cluster.apply(podOf({ restartPolicy: 'Never' }));
    await rig.pass(2000);
    rig.host.vanish('web', 'main');
    await rig.pass(12_000);
    expect(await rig.status()).toMatchObject({
      phase: 'Failed',
      containerStatuses: [{ state: { terminated: lost } }],
    });
  });

  test('while no agent ran is not taken for one that never was', async () => {
    rig = await agentRig();
    await rig.cluster.apply(podOf());
    await rig.pass(5000);
    await rig.detach();
    rig.host.vanish('web', 'main');
    await rig.start();
    await rig.pass(5000);
    expect(await rig.container()).toMatchObject({ restartCount: 1, lastState: { terminated: lost } });
    expect(rig.history().map(({ status }) => status.phase)).not.toContain('Failed');
    expect((await rig.status()).phase).toBe('Running');
  });
});
