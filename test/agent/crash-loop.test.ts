import { defaultLogic, type GateInput, type GateOutput } from '@mooring/core';
import { exits, type FakeImages, runsForever } from '@mooring/runtime-fake';
import { afterEach, describe, expect, test } from 'vitest';
import { fromPromise } from 'xstate';
import { type AgentRig, agentRig, podOf } from './support/agent-rig.ts';

let rig: AgentRig;
afterEach(() => rig[Symbol.asyncDispose]());

/** The seconds between the end of an instance and the start of the next. */
function waitsOf(container = 'main'): readonly number[] {
  const starts = rig.factsOf('container.started').filter(({ address }) => address.endsWith(container));
  const ends = rig.factsOf('container.exited').filter(({ address }) => address.endsWith(container));
  return starts.slice(1).map(({ at }, i) => Math.round((at - (ends[i]?.at ?? 0)) / 1000));
}

const dies: FakeImages = {
  app: { run: exits(1, 1000) },
  ends: { run: exits(0, 1000) },
  good: { run: runsForever },
};

describe('the waits of a crash loop', () => {
  test.each([
    ['of a container that fails', 'app'],
    ['of one that ends well, under Always', 'ends'],
  ])('%s are 0, 10, 20, 40, 80, 160, 300, 300 seconds', async (_, image) => {
    rig = await agentRig({ images: dies });
    await rig.cluster.apply(podOf({ image }));
    await rig.pass(1_000_000);
    expect(waitsOf()).toEqual([0, 10, 20, 40, 80, 160, 300, 300]);
  });

  test('are those of a gate that a user has put in its place', async () => {
    const failure = { reason: 'Resting', message: 'every start waits for five seconds' };
    let asked = 0;
    const gate = fromPromise<GateOutput, GateInput>(async () => {
      asked += 1;
      return asked % 2 === 1 ? { start: true, backOff: undefined } : { start: false, delayMs: 5000, failure };
    });
    rig = await agentRig({
      images: dies,
      logic: {
        container: (node, probe) => defaultLogic.container(node, probe).provide({ actors: { gate } }),
      },
    });
    await rig.cluster.apply(podOf());
    await rig.pass(17_000);
    expect(waitsOf()).toEqual([5, 5]);
  });

  test('are shown: the reason, the words, the last end, and a phase that is Running', async () => {
    rig = await agentRig({ images: dies });
    await rig.cluster.apply(podOf());
    await rig.pass(5000);
    const { uid } = (await rig.pod()).metadata;
    const status = await rig.status();
    expect(status).toMatchObject({
      phase: 'Running',
      containerStatuses: [
        {
          state: {
            waiting: {
              reason: 'CrashLoopBackOff',
              message: `back-off 10s restarting failed container=main pod=web_default(${uid})`,
            },
          },
          lastState: { terminated: { exitCode: 1, reason: 'Error' } },
          restartCount: 1,
          ready: false,
          started: false,
        },
      ],
    });
    expect(await rig.condition('Ready')).toMatchObject({ status: 'False', reason: 'ContainersNotReady' });
    expect(rig.events.find(({ reason }) => reason === 'BackOff')).toMatchObject({
      type: 'Warning',
      path: 'spec.containers{main}',
      message: `Back-off restarting failed container main in pod web_default(${uid})`,
    });
  });

  test('begin anew after a run of more than ten minutes', async () => {
    const runs = [1, 1, 1, 601, 1];
    rig = await agentRig({
      images: { app: { run: ({ attempt }) => exits(1, (runs[attempt] ?? 1) * 1000) } },
    });
    await rig.cluster.apply(podOf());
    await rig.pass(700_000);
    expect(waitsOf().slice(0, 5)).toEqual([0, 10, 20, 0, 10]);
  });

  test('go on after a run of less', async () => {
    const runs = [1, 1, 1, 590, 1];
    rig = await agentRig({
      images: { app: { run: ({ attempt }) => exits(1, (runs[attempt] ?? 1) * 1000) } },
    });
    await rig.cluster.apply(podOf());
    await rig.pass(800_000);
    expect(waitsOf().slice(0, 5)).toEqual([0, 10, 20, 40, 80]);
  });

  test.each([
    [{ initialMs: 1000, maxMs: 4000 }, [0, 1, 2, 4, 4, 4]],
    [{ maxMs: 5000 }, [0, 5, 5, 5]],
  ])('are the ones that the node was given: %o', async (crashLoop, waits) => {
    rig = await agentRig({ images: dies, node: { crashLoop } });
    await rig.cluster.apply(podOf());
    await rig.pass(60_000);
    expect(waitsOf().slice(0, waits.length)).toEqual(waits);
  });

  test('are not forgiven sooner because the longest is short', async () => {
    const runs = [1, 1, 1, 60, 1];
    const run = ({ attempt }: { readonly attempt: number }) => exits(1, (runs[attempt] ?? 1) * 1000);
    rig = await agentRig({ images: { app: { run } }, node: { crashLoop: { initialMs: 1000, maxMs: 4000 } } });
    await rig.cluster.apply(podOf());
    await rig.pass(100_000);
    expect(waitsOf().slice(0, 5)).toEqual([0, 1, 2, 4, 4]);
  });

  test('are each container’s own', async () => {
    rig = await agentRig({ images: dies });
    await rig.cluster.apply(
      podOf({
        containers: [
          { name: 'bad', image: 'app' },
          { name: 'good', image: 'good' },
        ],
      }),
    );
    await rig.pass(60_000);
    expect(waitsOf('bad').slice(0, 3)).toEqual([0, 10, 20]);
    expect(rig.running).toContain('web/good#0');
  });

  test('are held by init containers too', async () => {
    rig = await agentRig({ images: dies });
    await rig.cluster.apply(podOf({ image: 'good', initContainers: [{ name: 'init', image: 'app' }] }));
    await rig.pass(80_000);
    expect(waitsOf('init').slice(0, 4)).toEqual([0, 10, 20, 40]);
    expect((await rig.status()).phase).toBe('Pending');
  });
});

describe('a crash loop is left', () => {
  test('at once by a corrected image, and the next loop begins anew', async () => {
    rig = await agentRig({ images: { ...dies, other: { run: exits(1, 1000) } } });
    await rig.cluster.apply(podOf());
    await rig.pass(200_000);
    const before = waitsOf().length;
    await rig.cluster.apply(podOf({ image: 'other' }));
    await rig.pass(100);
    expect(rig.running).toEqual([`web/main#${before + 1}`]);
    await rig.pass(14_000);
    expect(waitsOf().slice(before + 1)).toEqual([10]);
  });

  test('at once on request', async () => {
    rig = await agentRig({
      images: { app: { run: ({ attempt }) => (attempt < 4 ? exits(1, 1000) : runsForever) } },
    });
    await rig.cluster.apply(podOf());
    await rig.pass(40_000);
    expect((await rig.container()).state?.waiting?.reason).toBe('CrashLoopBackOff');
    const { uid } = (await rig.pod()).metadata;
    await rig.cluster.actor(`pod/${uid}/container/main`).send({ type: 'container.retry' });
    await rig.pass(100);
    expect(rig.running).toEqual(['web/main#4']);
  });

  test('at once by a deletion', async () => {
    rig = await agentRig({ images: dies });
    await rig.cluster.apply(podOf());
    await rig.pass(100_000);
    await rig.cluster.delete('Pod', 'default', 'web');
    await rig.pass(100);
    expect([await rig.exists(), rig.host.containers.size]).toEqual([false, 0]);
  });
});

describe('a container that was killed by its liveness probe', () => {
  const alive = (initialDelaySeconds: number) => ({
    exec: { command: ['false'] },
    periodSeconds: 1,
    failureThreshold: 1,
    initialDelaySeconds,
  });

  test('comes back at once as long as it lived longer than the wait', async () => {
    rig = await agentRig({ images: { busybox: {} } });
    const main = { command: ['sh', '-c', 'sleep infinity'], livenessProbe: alive(60) };
    await rig.cluster.apply(podOf({ image: 'busybox', terminationGracePeriodSeconds: 2, main }));
    await rig.pass(260_000);
    expect(waitsOf()).toEqual([0, 0, 0, 0]);
  });

  test('waits when it lived shorter than that', async () => {
    rig = await agentRig({ images: { busybox: {} } });
    const main = { command: ['sh', '-c', 'sleep infinity'], livenessProbe: alive(1) };
    await rig.cluster.apply(podOf({ image: 'busybox', terminationGracePeriodSeconds: 2, main }));
    await rig.pass(120_000);
    const [first, second, ...later] = waitsOf();
    expect([first, second]).toEqual([0, 0]);
    expect(Math.max(...later)).toBeGreaterThan(5);
    expect(rig.reasons()).toContain('BackOff');
  });
});
