import { exits, type FakeImages, ignoresStop, runsForever } from '@mooring/runtime-fake';
import { afterEach, describe, expect, test } from 'vitest';
import { type AgentRig, agentRig, podOf } from './support/agent-rig.ts';

let rig: AgentRig;
afterEach(() => rig[Symbol.asyncDispose]());

const images: FakeImages = {
  app: { run: runsForever },
  stubborn: { run: ignoresStop },
  slow: { run: { onStop: { afterMs: 5000, exitCode: 0 } } },
  ends: { run: exits(0, 5000) },
  fails: { run: exits(4, 5000) },
  remote: { pull: { delayMs: 100_000 } },
};
const remove = (gracePeriodSeconds?: number, name = 'web') =>
  rig.cluster.delete('Pod', 'default', name, gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds });
/** When containers ended, in seconds since the deletion at `sinceMs`. */
const endsSince = (sinceMs: number) =>
  rig
    .factsOf('container.exited')
    .map(({ address, at }) => [address.split('/').at(3), Math.round((at - startMs() - sinceMs) / 1000)]);
const startMs = () => rig.clock.now() - rig.nowMs;
const gone = async () => [rig.running, await rig.exists(), rig.host.containers.size];

describe('a deletion', () => {
  test.each([
    ['of what heeds the stop signal takes no time', 'app', undefined, 0, 0],
    ['of what takes its time', 'slow', undefined, 5, 0],
    ['of what ignores it takes the pod’s grace period', 'stubborn', undefined, 30, 137],
    ['takes the grace period that was asked for', 'stubborn', 7, 7, 137],
    ['takes 2 s at least: 1 is the same as 2', 'stubborn', 1, 2, 137],
  ])('%s', async (_, image, grace, seconds, exitCode) => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image }));
    await rig.pass(10_000);
    await remove(grace);
    await rig.pass(60_000);
    expect(endsSince(10_000)).toEqual([['main', seconds]]);
    expect(rig.factsOf('container.exited')[0]?.data).toMatchObject({ exitCode, cause: 'pod deleted' });
    expect(await gone()).toEqual([[], false, 0]);
    expect(rig.lines()).toContain('Killing: Stopping container main');
  });

  test('leaves a final phase as the last word: by the exit codes', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply([podOf(), podOf({ image: 'stubborn' }, 'hard')]);
    await rig.pass(2000);
    await Promise.all([remove(), remove(3, 'hard')]);
    await rig.pass(10_000);
    expect(rig.history().at(-1)?.status.phase).toBe('Succeeded');
    expect(rig.history('hard').at(-1)?.status).toMatchObject({
      phase: 'Failed',
      containerStatuses: [{ state: { terminated: { exitCode: 137, reason: 'Error' } } }],
    });
    expect(rig.factsOf('pod.removed')).toHaveLength(2);
  });

  test('is shortened by a second one, and not lengthened by a third', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image: 'stubborn', terminationGracePeriodSeconds: 300 }));
    await rig.pass(10_000);
    await remove();
    await rig.pass(10_000);
    await remove(15);
    await rig.pass(1000);
    await remove(200);
    await rig.pass(60_000);
    expect(endsSince(20_000)).toEqual([['main', 15]]);
    expect(await gone()).toEqual([[], false, 0]);
  });

  test('twice in the same instant is one', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image: 'stubborn' }));
    await rig.pass(2000);
    await Promise.all([remove(5), remove(5), remove(5)]);
    await rig.pass(10_000);
    expect(rig.factsOf('container.exited')).toHaveLength(1);
    expect(await gone()).toEqual([[], false, 0]);
  });

  test('with grace 0 takes the object away at once, and the containers get their time', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image: 'stubborn', terminationGracePeriodSeconds: 8 }));
    await rig.pass(2000);
    await remove(0);
    await rig.pass(1000);
    expect([await rig.exists(), rig.running]).toEqual([false, ['web/main#0']]);
    // Another pod of that name is another pod: it need not wait.
    await rig.cluster.apply(podOf());
    await rig.pass(10_000);
    expect(rig.running).toEqual(['web/main#0']);
    expect(rig.host.containers.size).toBe(1);
    expect((await rig.status()).phase).toBe('Running');
  });

  test.each([
    ['has succeeded', { image: 'ends', restartPolicy: 'Never' }, 10_000],
    ['has failed', { image: 'fails', restartPolicy: 'Never' }, 10_000],
    ['waits in a crash loop', { image: 'fails' }, 60_000],
    ['pulls its image', { image: 'remote' }, 5000],
    ['waits for an image', { image: 'nope' }, 50_000],
    [
      'waits for its volumes',
      {
        volumes: [{ name: 'v', secret: { secretName: 'nope' } }],
        main: { volumeMounts: [{ name: 'v', mountPath: '/v' }] },
      },
      50_000,
    ],
  ] as const)('of a pod that %s leaves nothing', async (_, spec, ageMs) => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf(spec as Parameters<typeof podOf>[0]));
    await rig.pass(ageMs);
    await remove();
    await rig.pass(1000);
    expect(await gone()).toEqual([[], false, 0]);
    await rig.pass(300_000);
    expect(await gone()).toEqual([[], false, 0]);
  });

  const verbs = ['createSandbox', 'createContainer', 'startContainer', 'ensureImage'] as const;
  test.each(verbs.flatMap((verb) => [false, true].map((afterEffect) => [verb, afterEffect] as const)))(
    'while %s hangs (come through all the same: %s) is carried out',
    async (verb, afterEffect) => {
      rig = await agentRig({ images });
      const fault = rig.host.fault(verb, { hangs: true, afterEffect });
      await rig.cluster.apply(podOf());
      await rig.pass(3000);
      await remove();
      await rig.pass(3000);
      fault[Symbol.dispose]();
      await rig.pass(60_000);
      expect([...(await gone()), rig.host.listSandboxes()]).toEqual([[], false, 0, []]);
    },
  );

  test('takes along what another agent of the node has started in the pod meanwhile', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf());
    await rig.pass(5000);
    const { config } = rig.host.container('web', 'main');
    const error = { code: 'RUNTIME_UNAVAILABLE', message: 'engine busy' } as const;
    rig.host.fault('removeContainer', { error, times: 1 });
    await remove(1);
    await rig.pass(5000);
    rig.host.startContainer(rig.host.createContainer({ ...config, name: 'another', attempt: 1 }));
    await rig.pass(30_000);
    expect(await gone()).toEqual([[], false, 0]);
  });

  test('finds a container that came to life after the agent had given up its start', async () => {
    rig = await agentRig({ images: { app: { run: ignoresStop } } });
    rig.host.fault('startContainer', { hangs: true, times: 1 });
    await rig.cluster.apply(podOf());
    await rig.pass(3000);
    const { id } = rig.host.container('web', 'main').info;
    // The engine takes its time over both: the removal comes to it when the container has begun to run.
    rig.host.fault('removeContainer', {
      delayMs: 500,
      times: 1,
      when: () => {
        rig.host.startContainer(id);
        return true;
      },
    });
    await remove(5);
    await rig.pass(30_000);
    expect(await gone()).toEqual([[], false, 0]);
  });

  test('an image change that comes after it starts nothing', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image: 'stubborn' }));
    await rig.pass(2000);
    await remove(10);
    await rig.pass(2000);
    await rig.cluster.apply(podOf({ image: 'app' }));
    await rig.pass(30_000);
    expect(rig.factsOf('container.started')).toHaveLength(1);
    expect(await gone()).toEqual([[], false, 0]);
  });

  test('a crash meanwhile starts nothing', async () => {
    rig = await agentRig({ images });
    const containers = [
      { name: 'a', image: 'stubborn' },
      { name: 'b', image: 'stubborn' },
    ];
    await rig.cluster.apply(podOf({ containers }));
    await rig.pass(2000);
    await remove(10);
    await rig.pass(2000);
    rig.host.crash('web', 'a');
    await rig.pass(5000);
    expect(rig.running).toEqual(['web/b#0']);
    await rig.pass(10_000);
    expect(await gone()).toEqual([[], false, 0]);
  });
});

describe('the order of ends', () => {
  const sidecar = (name: string, image: string, more: object = {}) => ({
    name,
    image,
    restartPolicy: 'Always' as const,
    ...more,
  });

  test('apps at once, then sidecars in the reverse order of their start', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(
      podOf({
        initContainers: [sidecar('first', 'slow'), sidecar('second', 'slow')],
        containers: [
          { name: 'a', image: 'slow' },
          { name: 'b', image: 'app' },
        ],
      }),
    );
    await rig.pass(10_000);
    await remove();
    await rig.pass(60_000);
    expect(endsSince(10_000)).toEqual([
      ['b', 0],
      ['a', 5],
      ['second', 10],
      ['first', 15],
    ]);
  });

  test('when the time is used up all that is left gets 2 s', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(
      podOf({
        image: 'stubborn',
        initContainers: [sidecar('first', 'stubborn'), sidecar('second', 'stubborn')],
      }),
    );
    await rig.pass(10_000);
    await remove(10);
    await rig.pass(60_000);
    expect(endsSince(10_000)).toEqual([
      ['main', 10],
      ['first', 12],
      ['second', 12],
    ]);
  });

  test('hooks of sidecars do not wait for their turn', async () => {
    rig = await agentRig({ images });
    const preStop = { sleep: { seconds: 4 } };
    await rig.cluster.apply(
      podOf({ image: 'slow', initContainers: [sidecar('log', 'slow', { lifecycle: { preStop } })] }),
    );
    await rig.pass(10_000);
    await remove();
    await rig.pass(60_000);
    // The hook of 4 s is over when the app has ended after 5; its own 5 s follow.
    expect(endsSince(10_000)).toEqual([
      ['main', 5],
      ['log', 10],
    ]);
  });
});

describe('activeDeadlineSeconds', () => {
  const expired = {
    phase: 'Failed',
    reason: 'DeadlineExceeded',
    message: 'Pod was active on the node longer than the specified deadline',
  };

  test('ends the pod, with an event and its reason', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image: 'stubborn', activeDeadlineSeconds: 20 }));
    await rig.pass(19_500);
    expect((await rig.status()).phase).toBe('Running');
    await rig.pass(60_000);
    expect(await rig.status()).toMatchObject(expired);
    expect(rig.events.find(({ reason }) => reason === 'DeadlineExceeded')).toMatchObject({
      type: 'Normal',
      message: expired.message,
      atMs: 20_000,
    });
    expect(rig.running).toEqual([]);
    await remove();
    await rig.pass(1000);
    expect(await gone()).toEqual([[], false, 0]);
  });

  test('counts on while no agent runs', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply([
      podOf({ activeDeadlineSeconds: 60 }),
      podOf({ activeDeadlineSeconds: 30 }, 'late'),
    ]);
    await rig.pass(10_000);
    await rig.restartAgent(40_000);
    await rig.pass(2000);
    expect([await rig.status('late'), (await rig.status()).phase]).toMatchObject([expired, 'Running']);
    await rig.pass(10_000);
    expect(await rig.status()).toMatchObject(expired);
  });

  test('may shrink while the pod runs', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ activeDeadlineSeconds: 1000 }));
    await rig.pass(10_000);
    await rig.cluster.apply(podOf({ activeDeadlineSeconds: 15 }));
    await rig.pass(6000);
    expect(await rig.status()).toMatchObject(expired);
  });

  test('says nothing of a pod that has ended before', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image: 'ends', restartPolicy: 'Never', activeDeadlineSeconds: 20 }));
    await rig.pass(60_000);
    expect(rig.reasons()).not.toContain('DeadlineExceeded');
    expect(await rig.status()).not.toHaveProperty('reason');
  });

  test('ends a pod that never came to run', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image: 'nope', activeDeadlineSeconds: 20 }));
    await rig.pass(21_000);
    expect(await rig.status()).toMatchObject(expired);
  });
});

describe('a stop that the runtime does not carry out', () => {
  test.each([
    ['is refused', { error: { code: 'RUNTIME_UNAVAILABLE', message: 'engine busy' } }],
    ['never answers', { hangs: true }],
  ] as const)('because it %s is tried again, and told', async (_, fault) => {
    rig = await agentRig({ images });
    const broken = rig.host.fault('stopContainer', fault);
    await rig.cluster.apply(podOf());
    await rig.pass(2000);
    await remove();
    await rig.pass(300_000);
    expect([rig.running, await rig.exists()]).toEqual([['web/main#0'], true]);
    expect(rig.reasons()).toContain('FailedKillPod');
    broken[Symbol.dispose]();
    await rig.pass(300_000);
    expect(await gone()).toEqual([[], false, 0]);
  });

  test('a removal that fails is tried again, and the object stays until then', async () => {
    rig = await agentRig({ images });
    const broken = rig.host.fault('removeContainer', { error: { code: 'CONFLICT', message: 'device busy' } });
    await rig.cluster.apply(podOf());
    await rig.pass(2000);
    await remove();
    await rig.pass(30_000);
    expect([rig.running, await rig.exists()]).toEqual([[], true]);
    expect(rig.lines()).toContain('FailedKillPod: error killing pod: device busy');
    broken[Symbol.dispose]();
    await rig.pass(15_000);
    expect(await gone()).toEqual([[], false, 0]);
  });
});
