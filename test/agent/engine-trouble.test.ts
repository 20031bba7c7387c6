import { createAgent } from '@mooring/core';
import { exits, type FakeHost, type FakeImages, runsForever } from '@mooring/runtime-fake';
import { afterEach, describe, expect, test } from 'vitest';
import { AgentRig, agentRig, podOf } from './support/agent-rig.ts';

let rig: AgentRig;
afterEach(() => rig[Symbol.asyncDispose]());

const images: FakeImages = { app: { run: runsForever }, brief: { run: exits(0, 30_000) } };
const down = { error: { code: 'RUNTIME_UNAVAILABLE', message: 'engine down' } } as const;

describe('an engine that does not answer', () => {
  test('at the start is waited for', async () => {
    let goesDown = () => {};
    const isDown = new Promise<void>((resolve) => {
      goesDown = resolve;
    });
    const onHost = (host: FakeHost) => {
      host.breakDown(45_000);
      goesDown();
    };
    rig = new AgentRig({ images, runtime: { onHost } });
    let isUp = false;
    const starting = createAgent(rig.agentOptions()).then(async (cluster) => {
      isUp = true;
      await cluster.detach();
    });
    await isDown;
    await rig.pass(40_000);
    expect(isUp).toBe(false);
    await rig.pass(15_000);
    await starting;
    expect(isUp).toBe(true);
    await rig.start();
    await rig.cluster.apply(podOf());
    await rig.pass(1000);
    expect(rig.running).toEqual(['web/main#0']);
  });

  test('for minutes kills nothing and restarts nothing', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply([
      podOf(),
      podOf({ initContainers: [{ name: 's', image: 'app', restartPolicy: 'Always' }] }, 'two'),
    ]);
    await rig.pass(20_000);
    const statuses = [await rig.status(), await rig.status('two')];
    const starts = rig.host.calls.startContainer;
    rig.host.breakDown(300_000);
    await rig.pass(200_000);
    expect(rig.cluster.runtimeHealth('node-a')).toMatchObject({ ready: false });
    await rig.pass(200_000);
    expect(rig.cluster.runtimeHealth('node-a')).toEqual({ ready: true, message: '' });
    expect([await rig.status(), await rig.status('two')]).toEqual(statuses);
    expect(rig.host.calls.startContainer).toBe(starts);
  });

  test('hides ends only until it is back', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image: 'brief', restartPolicy: 'Never' }));
    await rig.pass(20_000);
    rig.host.breakDown(60_000);
    await rig.pass(50_000);
    expect((await rig.status()).phase).toBe('Running');
    await rig.pass(20_000);
    expect(await rig.status()).toMatchObject({
      phase: 'Succeeded',
      containerStatuses: [{ state: { terminated: { finishedAt: '2026-01-01T00:00:30Z' } } }],
    });
  });

  test('holds up new pods, which run when it is back', async () => {
    rig = await agentRig({ images });
    rig.host.breakDown(60_000);
    await rig.cluster.apply(podOf());
    await rig.pass(30_000);
    expect(rig.reasons()).toContain('FailedCreatePodSandBox');
    await rig.pass(60_000);
    expect(rig.running).toEqual(['web/main#0']);
  });

  test('holds up deletions, which are carried out when it is back', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf());
    await rig.pass(5000);
    rig.host.breakDown(120_000);
    await rig.cluster.delete('Pod', 'default', 'web');
    await rig.pass(100_000);
    expect(await rig.exists()).toBe(true);
    await rig.pass(60_000);
    expect([rig.running, await rig.exists(), rig.host.containers.size]).toEqual([[], false, 0]);
  });
});

describe('a list that fails', () => {
  test.each(['listContainers', 'listSandboxes'] as const)('%s: nothing is taken for dead', async (verb) => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf());
    await rig.pass(20_000);
    rig.host.fault(verb, { ...down, times: 5 });
    await rig.pass(40_000);
    expect(rig.cluster.runtimeHealth('node-a')).toMatchObject({ ready: false, message: 'engine down' });
    await rig.pass(60_000);
    expect([rig.running, (await rig.container()).restartCount]).toEqual([['web/main#0'], 0]);
  });

  test('that hangs is given up', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf());
    await rig.pass(20_000);
    rig.host.fault('listContainers', { hangs: true, times: 1 });
    await rig.pass(15_000);
    rig.host.loseEvents(5000);
    rig.host.crash('web', 'main');
    await rig.pass(25_000);
    expect((await rig.container()).restartCount).toBe(1);
  });

  test('that is slow does not undo what was learnt meanwhile', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf());
    await rig.pass(9500);
    // Taken before the crash, answered long after the next instance was started.
    rig.host.fault('listContainers', { delayMs: 4000, afterEffect: true, times: 1 });
    await rig.pass(1000);
    rig.host.crash('web', 'main');
    await rig.pass(30_000);
    expect([rig.running, (await rig.container()).restartCount]).toEqual([['web/main#1'], 1]);
    expect(rig.reasons().filter((reason) => reason === 'ContainerExited')).toHaveLength(1);
  });

  test('that was taken between create and start says nothing about the start', async () => {
    rig = await agentRig({ images });
    rig.host.fault('startContainer', { delayMs: 2000, times: 1 });
    rig.host.fault('listContainers', { delayMs: 5000, afterEffect: true, times: 1 });
    await rig.pass(9000);
    await rig.cluster.apply(podOf());
    await rig.pass(30_000);
    expect([rig.running, rig.reasons().filter((reason) => reason === 'ContainerExited')]).toEqual([
      ['web/main#0'],
      [],
    ]);
  });
});

describe('events of the runtime', () => {
  test('bring a crash to light at once', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf());
    await rig.pass(15_000);
    rig.host.crash('web', 'main');
    await rig.pass(10);
    expect(rig.running).toEqual(['web/main#1']);
  });

  test('that are lost are made up for by the next look', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf());
    await rig.pass(15_000);
    rig.host.loseEvents(1000);
    rig.host.crash('web', 'main', { exitCode: 9 });
    await rig.pass(2000);
    expect(rig.running).toEqual([]);
    await rig.pass(10_000);
    expect(await rig.container()).toMatchObject({
      restartCount: 1,
      lastState: { terminated: { exitCode: 9 } },
    });
  });

  test('whose stream breaks are looked up, and followed again', async () => {
    rig = await agentRig({ images, node: { relistMs: 3_600_000 } });
    await rig.cluster.apply(podOf());
    await rig.pass(15_000);
    rig.host.breakDown(500);
    rig.host.crash('web', 'main');
    await rig.pass(5000);
    expect(rig.running).toEqual(['web/main#1']);
    rig.host.crash('web', 'main');
    await rig.pass(12_000);
    expect(rig.running).toEqual(['web/main#2']);
  });

  test('of an exit that comes in the moment of the start are not lost', async () => {
    rig = await agentRig({ images, node: { relistMs: 3_600_000 } });
    // The look that ends the start is answered late; the container has died in between.
    rig.host.fault('inspectContainer', {
      delayMs: 1000,
      afterEffect: true,
      times: 1,
      when: () => rig.host.container('web', 'main').isRunning,
    });
    await rig.cluster.apply(podOf({ restartPolicy: 'Never' }));
    await rig.pass(500);
    rig.host.crash('web', 'main', { exitCode: 6 });
    await rig.pass(60_000);
    expect(await rig.status()).toMatchObject({
      phase: 'Failed',
      containerStatuses: [{ state: { terminated: { exitCode: 6 } } }],
    });
  });
});

test('a sandbox that another agent of the node has put in its place is the one that the pod works in', async () => {
  rig = await agentRig({ images });
  await rig.cluster.apply(podOf());
  await rig.pass(5000);
  const { uid: podUID, name: podName, namespace } = (await rig.pod()).metadata;
  for (const { id } of rig.host.listSandboxes()) rig.host.removeSandbox(id);
  const config = { podUID, podName, namespace, labels: {}, attempt: 1, hostNetwork: false, hostAliases: [] };
  rig.host.createSandbox({ ...config, ports: [] } as unknown as Parameters<typeof rig.host.createSandbox>[0]);
  await rig.pass(15_000);
  rig.host.crash('web', 'main');
  await rig.pass(15_000);
  expect(rig.running).toEqual(['web/main#1']);
  expect(rig.host.listSandboxes().map(({ attempt }) => attempt)).toEqual([1]);
});

test('a sandbox comes after all that another agent of the node has made, also where those are of no use', async () => {
  rig = await agentRig({ images });
  rig.host.fault('createSandbox', { ...down, times: 1 });
  await rig.cluster.apply(podOf());
  await rig.pass(1000);
  const { uid: podUID, name: podName, namespace } = (await rig.pod()).metadata;
  for (const attempt of [0, 1]) {
    const config = { podUID, podName, namespace, labels: {}, attempt, hostNetwork: false, ports: [] };
    rig.host.createSandbox(config as unknown as Parameters<typeof rig.host.createSandbox>[0]);
  }
  rig.host.loseSandbox('web');
  await rig.pass(120_000);
  expect(rig.running).toEqual(['web/main#0']);
  expect(rig.host.listSandboxes().map(({ attempt }) => attempt)).toEqual([2]);
});

describe('a sandbox that is lost', () => {
  test.each([
    ['and announced', () => rig.host.loseSandbox('web')],
    [
      'and gone without a word',
      () => {
        for (const { id } of rig.host.listSandboxes()) rig.host.removeSandbox(id);
      },
    ],
  ])('%s takes its containers along, and everything starts over in a new one', async (_, lose) => {
    rig = await agentRig({ images: { ...images, init: { run: exits(0, 500) } } });
    await rig.cluster.apply(podOf({ initContainers: [{ name: 'init', image: 'init' }] }));
    await rig.pass(2000);
    const { podIP } = await rig.status();
    lose();
    await rig.pass(25_000);
    expect(rig.lines()).toContain('SandboxChanged: Pod sandbox changed, it will be killed and re-created.');
    expect(rig.running).toEqual(['web/main#1']);
    expect(rig.factsOf('container.started').map(({ address }) => address.split('/').at(3))).toEqual([
      'init',
      'main',
      'init',
      'main',
    ]);
    const status = await rig.status();
    expect(status.podIP).not.toBe(podIP);
    expect(rig.host.listSandboxes()).toHaveLength(1);
    expect(status.phase).toBe('Running');
  });

  test('ends a pod that is never restarted', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ restartPolicy: 'Never' }));
    await rig.pass(2000);
    rig.host.loseSandbox('web');
    await rig.pass(5000);
    expect([rig.running, (await rig.status()).phase]).toEqual([[], 'Succeeded']);
  });

  test('is no news for a pod that has ended', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image: 'brief', restartPolicy: 'Never' }));
    await rig.pass(120_000);
    const seen = [rig.history().length, rig.host.calls.listSandboxes];
    await rig.pass(100_000);
    expect(rig.history()).toHaveLength(seen[0] ?? 0);
    // One call for each look, not two.
    expect(rig.host.calls.listSandboxes - (seen[1] ?? 0)).toBe(10);
  });
});
