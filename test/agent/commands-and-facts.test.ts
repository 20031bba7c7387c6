import { scriptedProber } from '@mooring/core/testing';
import { exits, type FakeImages, ignoresStop, runsForever } from '@mooring/runtime-fake';
import { afterEach, describe, expect, test } from 'vitest';
import { type AgentRig, agentRig, podOf } from './support/agent-rig.ts';
import { proberPlugin } from './support/prober-plugin.ts';

let rig: AgentRig;
afterEach(() => rig[Symbol.asyncDispose]());

const images: FakeImages = {
  app: { run: runsForever },
  stubborn: { run: ignoresStop },
  ends: { run: exits(0, 1000) },
};
const addressOf = async (rest = '', pod = 'web') => `pod/${(await rig.pod(pod)).metadata.uid}${rest}`;
const actor = async (rest = '') => rig.cluster.actor(await addressOf(rest));

describe('a command to a container', () => {
  test('restarts it, with its grace period and as a restart that was asked for', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image: 'stubborn', terminationGracePeriodSeconds: 10 }));
    await rig.pass(5000);
    await (await actor('/container/main')).send({ type: 'container.restart' });
    await rig.pass(9000);
    expect(rig.running).toEqual(['web/main#0']);
    await rig.pass(2000);
    expect(rig.running).toEqual(['web/main#1']);
    expect(rig.lines()).toContain('Killing: Container main will be restarted on request');
    expect(rig.factsOf('container.exited')[0]?.data).toMatchObject({ cause: 'restart requested' });
  });

  test('restarts it even under Never, and the pod goes on', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ restartPolicy: 'Never' }));
    await rig.pass(5000);
    await (await actor('/container/main')).send({ type: 'container.restart' });
    await rig.pass(5000);
    expect([rig.running, (await rig.status()).phase]).toEqual([['web/main#1'], 'Running']);
  });

  test.each([
    ['has ended for good', { image: 'ends', restartPolicy: 'Never' as const }],
    ['is being deleted', { image: 'stubborn' }],
  ])('does not wake a pod that %s', async (_, spec) => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf(spec));
    await rig.pass(5000);
    if (spec.image === 'stubborn') await rig.cluster.delete('Pod', 'default', 'web');
    await rig.pass(1000);
    await (await actor('/container/main')).send({ type: 'container.restart' });
    await (await actor('/container/main')).send({ type: 'container.retry' });
    await rig.pass(60_000);
    expect([rig.running, rig.factsOf('container.started').length]).toEqual([[], 1]);
  });

  test('makes a probe look now', async () => {
    const prober = scriptedProber('FS');
    rig = await agentRig({ images, plugins: [proberPlugin(prober)] });
    await rig.cluster.apply(podOf({ main: { readinessProbe: { scripted: {}, periodSeconds: 600 } } }));
    await rig.pass(5000);
    expect([prober.attempts.length, (await rig.container()).ready]).toEqual([1, false]);
    await (await actor('/container/main/probe/readiness')).send({ type: 'probe.run-now' });
    await rig.pass(100);
    expect([prober.attempts.length, (await rig.container()).ready]).toEqual([2, true]);
    await (await actor('/container/main')).send({ type: 'probe.run-now' });
    await rig.pass(100);
    expect(prober.attempts).toHaveLength(3);
  });
});

describe('a command that cannot be', () => {
  test.each([
    ['an unknown command', '/container/main', { type: 'container.explode' }, 'INVALID'],
    ['an inner event', '/container/main', { type: 'container.observed' }, 'INVALID'],
    ['a command for another kind', '', { type: 'container.restart' }, 'INVALID'],
    ['a probe command for a pod', '', { type: 'probe.run-now' }, 'INVALID'],
    ['no command', '/container/main', {}, 'INVALID'],
    ['what no word of a pod leads to', '/nothing/main', { type: 'container.restart' }, 'NO_SUCH_ACTOR'],
    [
      'a container of the prototype',
      '/container/constructor',
      { type: 'container.restart' },
      'NO_SUCH_ACTOR',
    ],
    ['a container that is not there', '/container/nope', { type: 'container.restart' }, 'NO_SUCH_ACTOR'],
    [
      'a probe that is not there',
      '/container/main/probe/liveness',
      { type: 'probe.run-now' },
      'NO_SUCH_ACTOR',
    ],
  ])('%s is refused', async (_, rest, command, code) => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf());
    await rig.pass(2000);
    await expect((await actor(rest)).send(command as { type: string })).rejects.toMatchObject({ code });
    await rig.pass(5000);
    expect(rig.running).toEqual(['web/main#0']);
  });

  test('for a pod that is not there is refused too', async () => {
    rig = await agentRig({ images });
    const nobody = rig.cluster.actor('pod/00000000-dead/container/web');
    await expect(nobody.send({ type: 'container.restart' })).rejects.toMatchObject({ code: 'NO_SUCH_ACTOR' });
    await expect(nobody.snapshot()).rejects.toMatchObject({ code: 'NO_SUCH_ACTOR' });
  });
});

describe('the snapshot of an actor', () => {
  test.each([
    ['', 'active'],
    ['/container/main', 'running'],
    ['/container/main/probe/readiness', 'scheduled'],
  ])('of pod%s is plain JSON', async (rest, value) => {
    rig = await agentRig({ images, plugins: [proberPlugin(scriptedProber('S'))] });
    await rig.cluster.apply(podOf({ main: { readinessProbe: { scripted: {} } } }));
    await rig.pass(5000);
    const snapshot = await (await actor(rest)).snapshot();
    expect(snapshot).toMatchObject({ status: 'active', value });
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot);
  });
});

describe('facts', () => {
  test('can be had by pattern, each with its address and its moment', async () => {
    rig = await agentRig({ images });
    const seen: { readonly address: string; readonly type: string; readonly data: unknown }[] = [];
    const controller = new AbortController();
    const reading = (async () => {
      for await (const fact of rig.cluster.facts('pod.*.container.*.exited', { signal: controller.signal }))
        seen.push(fact);
    })();
    await rig.cluster.apply([podOf({ image: 'ends', restartPolicy: 'Never' }), podOf({}, 'other')]);
    await rig.pass(5000);
    controller.abort();
    await reading;
    expect(seen).toEqual([
      {
        address: await addressOf('/container/main'),
        type: 'container.exited',
        id: expect.any(String),
        at: Date.UTC(2026, 0, 1, 0, 0, 1),
        data: {
          namespace: 'default',
          pod: 'web',
          container: 'main',
          containerID: rig.host.container('web', 'main').info.id,
          restartCount: 0,
          exitCode: 0,
          reason: 'Completed',
          finishedAtMs: Date.UTC(2026, 0, 1, 0, 0, 1),
          durationMs: 1000,
          cause: 'the container ended by itself',
        },
      },
    ]);
  });

  test('tell the phases of a pod in order', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image: 'ends', restartPolicy: 'Never' }));
    await rig.pass(5000);
    const phases = rig.factsOf('pod.phase-changed').map(({ data }) => (data as { to: string }).to);
    expect(phases).toEqual(['Pending', 'Running', 'Succeeded']);
  });

  test('tell when a pod becomes ready, and when it no longer is', async () => {
    rig = await agentRig({ images, plugins: [proberPlugin(scriptedProber('SF'))] });
    const readinessProbe = { scripted: {}, periodSeconds: 10, failureThreshold: 1 };
    await rig.cluster.apply(podOf({ main: { readinessProbe } }));
    await rig.pass(30_000);
    expect(rig.factsOf('pod.ready-changed').map(({ data }) => data)).toEqual([
      { namespace: 'default', pod: 'web', ready: true },
      { namespace: 'default', pod: 'web', ready: false },
    ]);
  });

  test('say of which pod and container they are', async () => {
    rig = await agentRig({ images: { ...images, fails: { run: exits(1, 1000) } } });
    await rig.cluster.apply(podOf({ image: 'fails' }));
    await rig.pass(15_000);
    await rig.cluster.delete('Pod', 'default', 'web');
    await rig.pass(5000);
    const whose = { namespace: 'default', pod: 'web', container: 'main' };
    for (const fact of ['started', 'exited', 'backing-off'])
      expect(rig.factsOf(`container.${fact}`)[0]?.data, fact).toMatchObject(whose);
    expect(rig.factsOf('container.backing-off')[0]?.data).toMatchObject({ delayMs: 10_000 });
  });

  test('of a bad pattern are refused', async () => {
    rig = await agentRig({ images });
    expect(() => rig.cluster.facts('pod..exited')).toThrow(/invalid fact pattern/);
    for (const pendingMax of [0, Number.NaN, '5' as never])
      expect(() => rig.cluster.facts('>', { pendingMax })).toThrow(/pendingMax: .* must be a number from 1/);
  });
});
