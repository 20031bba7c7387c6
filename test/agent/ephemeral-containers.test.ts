import type { ContainerStatus, EphemeralContainer } from '@mooring/core';
import { exits, type FakeImages, neverStarts, runsForever } from '@mooring/runtime-fake';
import { afterEach, describe, expect, test } from 'vitest';
import { type AgentRig, agentRig, podOf, type RigOptions } from './support/agent-rig.ts';

let rig: AgentRig;
afterEach(() => rig[Symbol.asyncDispose]());

const images: FakeImages = {
  app: { run: runsForever },
  job: { run: exits(0, 60_000) },
  crashing: { run: exits(1, 1000) },
  shell: { run: runsForever },
  look: { run: exits(3, 5000) },
};

async function running(pod = podOf(), options: RigOptions = {}): Promise<void> {
  rig = await agentRig({ images, ...options });
  await rig.cluster.apply(pod);
  await rig.pass(1000);
}

async function add(...ephemeralContainers: readonly Partial<EphemeralContainer>[]): Promise<void> {
  const spec = { ephemeralContainers: ephemeralContainers.map((one) => ({ name: 'debugger', ...one })) };
  await rig.cluster.patch('Pod/default/web', { spec }, { subresource: 'ephemeralcontainers' });
  await rig.pass(0);
}

async function added(name = 'debugger'): Promise<ContainerStatus | undefined> {
  const { ephemeralContainerStatuses = [] } = await rig.status();
  return ephemeralContainerStatuses.find((one) => one.name === name);
}

const startsOf = (container: string) =>
  rig
    .factsOf('container.started')
    .filter(({ data }) => (data as { container?: string }).container === container).length;

describe('an ephemeral container', () => {
  test('is started once in a pod that runs, and its end changes nothing about the pod', async () => {
    await running();
    const before = await rig.status();
    await add({ image: 'look' });
    expect(await added()).toEqual({
      name: 'debugger',
      state: { running: { startedAt: '2026-01-01T00:00:01Z' } },
      lastState: {},
      ready: false,
      restartCount: 0,
      image: 'look',
      imageID: expect.any(String),
      containerID: expect.stringMatching(/^fake:/),
    });
    await rig.pass(600_000);
    expect(await added()).toMatchObject({
      state: { terminated: { exitCode: 3, reason: 'Error' } },
      restartCount: 0,
    });
    expect(startsOf('debugger')).toBe(1);
    const after = await rig.status();
    expect([after.phase, after.containerStatuses]).toEqual([before.phase, before.containerStatuses]);
    expect((await rig.condition('Ready'))?.status).toBe('True');
    const events = rig.eventsOf({ container: 'debugger' });
    expect(events.map(({ reason }) => reason)).toEqual([
      'Pulling',
      'Pulled',
      'Created',
      'Started',
      'ContainerExited',
    ]);
    expect(new Set(events.map(({ path }) => path))).toEqual(new Set(['spec.ephemeralContainers{debugger}']));
  });

  test('joins others, and each of them runs once', async () => {
    await running();
    await add({ image: 'look' });
    await add({ name: 'second', image: 'shell' });
    await rig.pass(60_000);
    expect([startsOf('debugger'), startsOf('second')]).toEqual([1, 1]);
    expect((await rig.status()).ephemeralContainerStatuses?.map(({ name }) => name)).toEqual([
      'debugger',
      'second',
    ]);
    expect((await added('second'))?.state?.running).toBeDefined();
  });

  test('starts in a pod that is not initialised, crashes or is paused', async () => {
    await running(podOf({ initContainers: [{ name: 'init', image: 'shell' }] }));
    await add({ image: 'shell' });
    expect((await added())?.state?.running).toBeDefined();
    expect((await rig.status()).phase).toBe('Pending');
    await rig[Symbol.asyncDispose]();
    await running({
      ...podOf({ image: 'crashing' }),
      metadata: { name: 'web', annotations: { 'mooring.dev/paused': 'ann' } },
    });
    await add({ image: 'shell' });
    expect((await added())?.state?.running).toBeDefined();
    expect(startsOf('main')).toBe(0);
  });

  test('does not keep a pod alive that has had its run: it is ended with it', async () => {
    await running(podOf({ image: 'job', restartPolicy: 'Never' }));
    await add({ image: 'shell' });
    await rig.pass(120_000);
    expect((await rig.status()).phase).toBe('Succeeded');
    expect((await added())?.state?.terminated).toMatchObject({ exitCode: expect.any(Number) });
  });

  test('goes with a pod that is deleted', async () => {
    await running();
    await add({ image: 'shell' });
    await rig.cluster.delete('Pod', 'default', 'web');
    await rig.pass(60_000);
    expect(await rig.exists()).toBe(false);
    expect(rig.host.containers.size).toBe(0);
  });

  test('is adopted by an agent that starts, and not started again when it has ended meanwhile', async () => {
    await running();
    await add({ image: 'look' }, { name: 'second', image: 'shell' });
    const second = await added('second');
    await rig.restartAgent(60_000);
    await rig.pass(60_000);
    expect(await added('second')).toEqual(second);
    expect((await added())?.state?.terminated?.exitCode).toBe(3);
    expect([startsOf('debugger'), startsOf('second')]).toEqual([1, 1]);
  });

  test('is not started again when an agent starts and the runtime has forgotten it', async () => {
    await running();
    await add({ image: 'look' });
    await rig.pass(60_000);
    await rig.detach();
    for (const [id, { config }] of rig.host.containers)
      if (config.containerName === 'debugger') rig.host.containers.delete(id);
    await rig.start();
    await rig.pass(60_000);
    expect(startsOf('debugger')).toBe(1);
    expect((await added())?.state?.terminated?.exitCode).toBe(3);
  });

  test('that was added while no agent ran is started by the next one', async () => {
    await running();
    await rig.detach();
    const other = await rig.otherAgent();
    const spec = { ephemeralContainers: [{ name: 'debugger', image: 'shell' }] };
    await other.patch('Pod/default/web', { spec }, { subresource: 'ephemeralcontainers' });
    await rig.start();
    await rig.pass(1000);
    expect((await added())?.state?.running).toBeDefined();
    expect(startsOf('main')).toBe(1);
    await other.detach();
  });

  test('says why its image is not there, and tries again', async () => {
    await running();
    await add({ image: 'missing' });
    expect((await added())?.state?.waiting?.reason).toBe('ErrImagePull');
    await rig.pass(2000);
    expect((await added())?.state?.waiting?.reason).toBe('ImagePullBackOff');
    expect((await rig.condition('Ready'))?.status).toBe('True');
  });

  test('is given the processes of the container that it names', async () => {
    await running();
    await add({ image: 'shell', targetContainerName: 'main' });
    const configs = [...rig.host.containers.values()].map(({ config }) => config);
    const [main, debug] = ['main', 'debugger'].map((name) =>
      configs.find(({ containerName }) => containerName === name),
    );
    expect(main?.targetID).toBeUndefined();
    const id = (await rig.container()).containerID?.split('://')[1];
    expect([debug?.targetID, debug?.sandboxID]).toEqual([id, main?.sandboxID]);
  });

  test('waits for the container that it names', async () => {
    await running(podOf({ image: 'missing' }));
    await add({ image: 'shell', targetContainerName: 'main' });
    expect((await added())?.state?.waiting).toEqual({
      reason: 'CreateContainerConfigError',
      message: 'unable to find target container main',
    });
  });

  test('that cannot be started is not tried again, and shows why', async () => {
    await running(podOf(), { images: { ...images, broken: { run: neverStarts('no such file') } } });
    await add({ image: 'broken' });
    await rig.pass(600_000);
    expect((await added())?.state?.terminated).toMatchObject({ exitCode: 128, reason: 'StartError' });
    expect(rig.reasons({ container: 'debugger' }).filter((reason) => reason === 'Created')).toHaveLength(1);
  });

  test('may be the first to mount a volume of the pod', async () => {
    await running(podOf({ volumes: [{ name: 'cache', emptyDir: {} }] }));
    await add({ image: 'shell', volumeMounts: [{ name: 'cache', mountPath: '/cache' }] });
    expect((await added())?.state?.running).toBeDefined();
  });

  test('that the runtime cannot make is refused by itself, and what it does otherwise is told', async () => {
    const review = () => [
      { field: 'spec.ephemeralContainers[0].tty', severity: 'warn', message: 'no terminal' } as const,
      { field: 'spec.ephemeralContainers[1].volumeMounts[0]', severity: 'refuse', message: 'no' } as const,
    ];
    await running(podOf(), { runtime: { review } });
    await add({ image: 'shell' }, { name: 'second', image: 'shell' });
    expect((await added())?.state?.running).toBeDefined();
    expect(rig.lines({ container: 'debugger' })).toContain(
      'UnsupportedField: spec.ephemeralContainers[0].tty: no terminal',
    );
    expect((await added('second'))?.state?.waiting).toEqual({
      reason: 'CreateContainerConfigError',
      message: 'spec.ephemeralContainers[1].volumeMounts[0]: no',
    });
    expect((await rig.status()).phase).toBe('Running');
  });
});
