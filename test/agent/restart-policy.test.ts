import type { Container, RestartPolicy } from '@mooring/core';
import { exits, type FakeImages, ignoresStop, runsForever } from '@mooring/runtime-fake';
import { afterEach, describe, expect, test } from 'vitest';
import { type AgentRig, agentRig, podOf } from './support/agent-rig.ts';

let rig: AgentRig;
afterEach(() => rig[Symbol.asyncDispose]());

const images: FakeImages = {
  app: { run: runsForever },
  'app:2': { run: runsForever },
  ends: { run: exits(0, 5000) },
  fails: { run: exits(3, 5000) },
  'fails-once': { run: ({ attempt }) => (attempt === 0 ? exits(42, 5000) : runsForever) },
};

describe('a container that ends by itself', () => {
  test.each<[RestartPolicy, string, string, number]>([
    ['Always', 'ends', 'Running', 1],
    ['Always', 'fails', 'Running', 1],
    ['OnFailure', 'ends', 'Succeeded', 0],
    ['OnFailure', 'fails', 'Running', 1],
    ['Never', 'ends', 'Succeeded', 0],
    ['Never', 'fails', 'Failed', 0],
  ])('under %s, image "%s": phase %s, %i restarts', async (restartPolicy, image, phase, restarts) => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ restartPolicy, image }));
    await rig.pass(8000);
    expect([(await rig.status()).phase, (await rig.container()).restartCount]).toEqual([phase, restarts]);
  });

  const rules = (...values: number[]): Partial<Container> => ({
    restartPolicy: 'Never',
    restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values } }],
  });

  test.each([
    ['is started again by a rule for its code', rules(3), 'Running', 1],
    ['is not by a rule for another', rules(4, 5), 'Failed', 0],
    [
      'is by a rule for all codes but some',
      {
        restartPolicy: 'Never',
        restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'NotIn', values: [0] } }],
      },
      'Running',
      1,
    ],
    ['is by a policy of its own', { restartPolicy: 'OnFailure' }, 'Running', 1],
  ] as const)('under Never %s', async (_, main, phase, restarts) => {
    rig = await agentRig({ images });
    await rig.cluster.apply(
      podOf({ restartPolicy: 'Never', image: 'fails', main: main as Partial<Container> }),
    );
    await rig.pass(8000);
    expect([(await rig.status()).phase, (await rig.container()).restartCount]).toEqual([phase, restarts]);
  });
});

describe('a restart that does not ask for the exit code', () => {
  const failing = {
    exec: { command: ['false'] },
    periodSeconds: 1,
    failureThreshold: 1,
    initialDelaySeconds: 20,
  };

  test.each(['Always', 'OnFailure', 'Never'] as const)(
    'a new image runs at once, under %s',
    async (restartPolicy) => {
      rig = await agentRig({ images });
      await rig.cluster.apply(podOf({ restartPolicy }));
      await rig.pass(5000);
      await rig.cluster.apply(podOf({ restartPolicy, image: 'app:2' }));
      await rig.pass(1000);
      expect(rig.running).toEqual(['web/main#1']);
      expect(rig.lines()).toContain('Killing: Container main definition changed, will be restarted');
      expect((await rig.status()).phase).toBe('Running');
      expect(rig.history().map(({ status }) => status.phase)).not.toContain('Succeeded');
    },
  );

  test('nothing else of the definition makes a new container', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf());
    await rig.pass(5000);
    await rig.cluster.apply({
      ...podOf(),
      metadata: { name: 'web', namespace: 'default', labels: { a: 'b' } },
    });
    await rig.pass(5000);
    expect(rig.running).toEqual(['web/main#0']);
    expect(rig.reasons()).not.toContain('Killing');
  });

  test('a failed liveness probe restarts what exits 0, under OnFailure', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ restartPolicy: 'OnFailure', main: { livenessProbe: failing } }));
    await rig.pass(22_000);
    expect(rig.running).toEqual(['web/main#1']);
    const ended = { exitCode: 0, reason: 'Completed' };
    expect(await rig.container()).toMatchObject({ restartCount: 1, lastState: { terminated: ended } });
    const { id } = rig.host.container('web', 'main').info;
    await rig.pass(22_000);
    expect(rig.running).toEqual(['web/main#2']);
    expect(await rig.container()).toMatchObject({
      restartCount: 2,
      lastState: { terminated: { ...ended, containerID: `fake://${id}` } },
    });
  });

  test('what is restarted for its liveness probe and exits 0 waits for its back-off all the same', async () => {
    rig = await agentRig({ images });
    const livenessProbe = { ...failing, initialDelaySeconds: 2 };
    await rig.cluster.apply(podOf({ restartPolicy: 'OnFailure', main: { livenessProbe } }));
    await rig.pass(60_000);
    const startMs = rig.clock.now() - rig.nowMs;
    expect(rig.factsOf('container.started').map(({ at }) => (at - startMs) / 1000)).toEqual([
      0, 2, 4, 16, 38,
    ]);
    expect(await rig.container()).toMatchObject({
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      restartCount: 4,
    });
  });

  test.each([
    ['goes on', false],
    ['starts anew', true],
  ])('its pod does not end while its image cannot be pulled and the agent %s', async (_, restarts) => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ restartPolicy: 'OnFailure', main: { livenessProbe: failing } }));
    await rig.pass(10_000);
    const fault = rig.host.fault('ensureImage', {
      error: { code: 'RUNTIME_UNAVAILABLE', message: 'registry down' },
    });
    await rig.pass(30_000);
    expect((await rig.status()).phase).toBe('Running');
    expect((await rig.container()).state?.waiting?.reason).toMatch(/Pull|BackOff/);
    if (restarts) await rig.restartAgent(1000);
    fault[Symbol.dispose]();
    await rig.pass(restarts ? 15_000 : 30_000);
    expect((await rig.status()).phase).toBe('Running');
    expect(rig.running).toEqual(['web/main#1']);
  });

  test('under Never it ends the pod, with the phase of the exit code', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ restartPolicy: 'Never', main: { livenessProbe: failing } }));
    await rig.pass(22_000);
    expect(rig.lines()).toContain('Killing: Container main failed liveness probe');
    expect((await rig.status()).phase).toBe('Succeeded');
  });
});

describe('RestartAllContainers', () => {
  const starts: string[] = [];
  const noting =
    (name: string, script: (attempt: number) => object) =>
    ({ attempt }: { readonly attempt: number }) => {
      starts.push(`${name}#${attempt}`);
      return script(attempt);
    };
  const scene: FakeImages = {
    init: { run: noting('init', () => exits(0, 100)) },
    trigger: { run: noting('trigger', (attempt) => (attempt === 0 ? exits(42, 3000) : runsForever)) },
    other: { run: noting('other', () => ignoresStop) },
  };
  const pod = podOf({
    restartPolicy: 'Never',
    initContainers: [{ name: 'init', image: 'init' }],
    containers: [
      {
        name: 'trigger',
        image: 'trigger',
        restartPolicy: 'Never',
        restartPolicyRules: [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [42] } }],
      },
      { name: 'other', image: 'other' },
    ],
    volumes: [{ name: 'v', emptyDir: {} }],
  });

  test('starts everything over in the same sandbox, from the first init container', async () => {
    starts.length = 0;
    rig = await agentRig({ images: scene });
    await rig.cluster.apply(pod);
    await rig.pass(2000);
    const { podIP } = await rig.status();
    await rig.pass(20_000);
    expect(starts).toEqual(['init#0', 'trigger#0', 'other#0', 'init#1', 'trigger#1', 'other#1']);
    const status = await rig.status();
    expect(status.podIP).toBe(podIP);
    expect(status.containerStatuses?.map(({ name, restartCount }) => [name, restartCount])).toEqual([
      ['other', 1],
      ['trigger', 1],
    ]);
    expect((await rig.container('init')).restartCount).toBe(1);
    expect((await rig.container('other')).lastState?.terminated).toMatchObject({
      exitCode: 137,
      reason: 'RestartingAllContainers',
    });
    expect(await rig.condition('AllContainersRestarting')).toMatchObject({ status: 'False' });
    expect(status.phase).toBe('Running');
  });

  test('says so in the condition and the statuses while it lasts', async () => {
    rig = await agentRig({ images: scene });
    await rig.cluster.apply(pod);
    await rig.pass(4000);
    const status = await rig.status();
    expect(await rig.condition('AllContainersRestarting')).toMatchObject({
      status: 'True',
      reason: 'RestartAllContainersStarted',
    });
    expect(status.phase).toBe('Running');
    // It gets the least that there is: 2 s after the stop signal.
    expect(rig.running).toEqual(['web/other#0']);
    await rig.pass(1100);
    expect(rig.running).toEqual(['web/init#1']);
  });

  test('calls back what is on its way to its first instance', async () => {
    starts.length = 0;
    const init = noting('init', () => exits(0, 5000));
    const other = { run: noting('other', () => runsForever), pull: { delayMs: 7000 } };
    rig = await agentRig({ images: { ...scene, init: { run: init }, other } });
    await rig.cluster.apply(pod);
    // The trigger ends at 8 s; the image of the other one would be there at 12 s, before the init container has run again.
    await rig.pass(12_900);
    expect(starts).toEqual(['init#0', 'trigger#0', 'init#1']);
    await rig.pass(10_000);
    expect(starts).toEqual(['init#0', 'trigger#0', 'init#1', 'trigger#1', 'other#0']);
  });

  test('is given up when the pod is deleted meanwhile', async () => {
    rig = await agentRig({ images: scene });
    await rig.cluster.apply(pod);
    await rig.pass(4000);
    await rig.cluster.delete('Pod', 'default', 'web');
    await rig.pass(30_000);
    expect([rig.running, await rig.exists(), rig.host.containers.size]).toEqual([[], false, 0]);
  });
});
