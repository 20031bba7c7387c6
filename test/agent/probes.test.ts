import { defineProber, type Probe, type ProbeResult } from '@mooring/core';
import { scriptedProber } from '@mooring/core/testing';
import { ignoresStop, runsForever } from '@mooring/runtime-fake';
import { afterEach, describe, expect, test } from 'vitest';
import { type AgentRig, agentRig, podOf } from './support/agent-rig.ts';
import { proberPlugin } from './support/prober-plugin.ts';

let rig: AgentRig;
afterEach(() => rig[Symbol.asyncDispose]());

const scripted = scriptedProber('S');
const plugins = [proberPlugin(scripted)];
/** `S` success, `W` warning, `F` failure, `E` error, `H` hangs; the last letter repeats. */
const play = (script: string, more: Partial<Probe> = {}): Probe => ({
  scripted: { script },
  periodSeconds: 5,
  ...more,
});
const images = { app: { run: runsForever }, stubborn: { run: ignoresStop } };

const probed = (probes: object, more: object = {}) => podOf({ main: probes, ...more });
const seconds = (reason: string) =>
  rig.facts
    .filter(({ type, data }) => type === 'probe.unhealthy' && (data as { probe: string }).probe === reason)
    .map(({ at }) => Math.round((at - (rig.clock.now() - rig.nowMs)) / 1000));

describe('liveness', () => {
  test('kills after so many failures in a row, and the next instance begins with a clean slate', async () => {
    rig = await agentRig({ images, plugins });
    await rig.cluster.apply(probed({ livenessProbe: play('SFFSFFFS') }));
    await rig.pass(33_000);
    expect(seconds('liveness')).toEqual([5, 10, 20, 25, 30]);
    expect(rig.lines({ container: 'main' }).filter((line) => !line.startsWith('Pull'))).toEqual([
      'Created: Container created',
      'Started: Container started',
      ...Array(5).fill('Unhealthy: Liveness probe failed: scripted failure'),
      'Killing: Container main failed liveness probe, will be restarted',
      'ContainerExited: Container main exited with code 0 after 30s',
      'Created: Container created',
      'Started: Container started',
    ]);
    expect(rig.running).toEqual(['web/main#1']);
  });

  test('asks nothing more of a container that is being killed', async () => {
    rig = await agentRig({ images, plugins });
    await rig.cluster.apply(podOf({ image: 'stubborn', main: { livenessProbe: play('F') } }));
    await rig.pass(12_000);
    expect(rig.running).toEqual(['web/main#0']);
    await rig.pass(27_000);
    // Three failures, then silence for the 30 s that it takes to end.
    expect(seconds('liveness')).toHaveLength(3);
  });

  test.each([
    ['a grace period of its own, shorter than the pod’s', 3, 3],
    ['one that is longer', 60, 60],
    ['none', undefined, 30],
  ])('with %s', async (_, terminationGracePeriodSeconds, graceSeconds) => {
    rig = await agentRig({ images, plugins });
    const own = terminationGracePeriodSeconds === undefined ? {} : { terminationGracePeriodSeconds };
    const livenessProbe = play('F', { failureThreshold: 1, ...own });
    await rig.cluster.apply(podOf({ image: 'stubborn', main: { livenessProbe } }));
    await rig.pass(graceSeconds * 1000 - 500);
    expect(rig.running).toEqual(['web/main#0']);
    await rig.pass(1000);
    expect(rig.running).toEqual(['web/main#1']);
    expect((await rig.container()).lastState?.terminated).toMatchObject({ exitCode: 137 });
  });

  test('a deletion overrules the grace period of the probe', async () => {
    rig = await agentRig({ images, plugins });
    const livenessProbe = play('F', { failureThreshold: 1, terminationGracePeriodSeconds: 300 });
    await rig.cluster.apply(podOf({ image: 'stubborn', main: { livenessProbe } }));
    await rig.pass(2000);
    await rig.cluster.delete('Pod', 'default', 'web', { gracePeriodSeconds: 5 });
    await rig.pass(6000);
    expect([rig.running, await rig.exists()]).toEqual([[], false]);
  });
});

describe('startup', () => {
  test('holds the others back, and lets readiness look at once when it is passed', async () => {
    rig = await agentRig({ images, plugins });
    await rig.cluster.apply(
      probed({
        startupProbe: play('FFFS', { failureThreshold: 10 }),
        livenessProbe: play('F', { periodSeconds: 1, failureThreshold: 100 }),
        readinessProbe: play('S', { periodSeconds: 60 }),
      }),
    );
    await rig.pass(14_000);
    expect([seconds('startup'), seconds('liveness')]).toEqual([[0, 5, 10], []]);
    expect(await rig.container()).toMatchObject({ started: false, ready: false });
    await rig.pass(1500);
    expect(await rig.container()).toMatchObject({ started: true, ready: true });
    await rig.pass(3000);
    expect(seconds('liveness').length).toBeGreaterThan(1);
  });

  test('is final after its threshold', async () => {
    rig = await agentRig({ images, plugins });
    await rig.cluster.apply(probed({ startupProbe: play('F', { failureThreshold: 2 }) }));
    await rig.pass(6000);
    expect(rig.lines()).toContain('Killing: Container main failed startup probe, will be restarted');
    expect(rig.running).toEqual(['web/main#1']);
  });
});

describe('readiness', () => {
  test('goes and comes back without a restart, in status, conditions and all', async () => {
    rig = await agentRig({ images, plugins });
    await rig.cluster.apply(probed({ readinessProbe: play('SFFFS', { successThreshold: 1 }) }));
    const ready = async () => [(await rig.container()).ready, (await rig.condition('Ready'))?.status];
    await rig.pass(1000);
    expect(await ready()).toEqual([true, 'True']);
    await rig.pass(13_000);
    expect(await ready()).toEqual([true, 'True']);
    await rig.pass(2000);
    expect(await ready()).toEqual([false, 'False']);
    expect(await rig.condition('Ready')).toMatchObject({
      reason: 'ContainersNotReady',
      message: 'containers with unready status: [main]',
    });
    await rig.pass(5000);
    expect(await ready()).toEqual([true, 'True']);
    expect((await rig.container()).restartCount).toBe(0);
  });

  test('goes on while the pod ends, liveness does not', async () => {
    rig = await agentRig({ images, plugins });
    const main = {
      readinessProbe: play('SSF', { failureThreshold: 1 }),
      livenessProbe: play('SSF', { failureThreshold: 1 }),
    };
    await rig.cluster.apply(podOf({ image: 'stubborn', main }));
    await rig.pass(8000);
    await rig.cluster.delete('Pod', 'default', 'web');
    await rig.pass(10_000);
    expect([seconds('readiness').length > 0, seconds('liveness')]).toEqual([true, []]);
    expect((await rig.container()).ready).toBe(false);
  });

  test('of a new instance is unknown until it was asked', async () => {
    rig = await agentRig({ images, plugins });
    await rig.cluster.apply(probed({ readinessProbe: play('S', { initialDelaySeconds: 10 }) }));
    await rig.pass(12_000);
    expect((await rig.container()).ready).toBe(true);
    rig.host.crash('web', 'main');
    await rig.pass(5000);
    expect(await rig.container()).toMatchObject({ restartCount: 1, ready: false, started: true });
    await rig.pass(8000);
    expect((await rig.container()).ready).toBe(true);
  });
});

describe('an attempt that could not be made', () => {
  test.each([
    [
      'a port name that does not exist',
      { tcpSocket: { port: 'htpp' }, periodSeconds: 1 },
      'strconv.Atoi: parsing "htpp": invalid syntax',
    ],
    ['a prober that rejects', play('E', { periodSeconds: 1 }), 'scripted error'],
    [
      'a command that the image lacks',
      { exec: { command: ['nope'] }, periodSeconds: 1 },
      'failed to create task: exec: "nope": executable file not found in $PATH',
    ],
  ])('never restarts: %s', async (_, livenessProbe, words) => {
    rig = await agentRig({ images, plugins });
    await rig.cluster.apply(probed({ livenessProbe }));
    await rig.pass(60_000);
    expect((await rig.container()).restartCount).toBe(0);
    expect(rig.lines()).toContain(
      `Unhealthy: Liveness probe errored and resulted in unknown state: ${words}`,
    );
  });

  test('leaves what was known: a ready container stays ready', async () => {
    rig = await agentRig({ images, plugins });
    await rig.cluster.apply(probed({ readinessProbe: play('SE') }));
    await rig.pass(120_000);
    expect((await rig.container()).ready).toBe(true);
  });

  test('a warning counts as success and is told', async () => {
    rig = await agentRig({ images, plugins });
    await rig.cluster.apply(probed({ readinessProbe: play('W') }));
    await rig.pass(2000);
    expect((await rig.container()).ready).toBe(true);
    expect(rig.lines()).toContain('ProbeWarning: Readiness probe warning: scripted warning');
  });

  test('what hangs past its time has failed', async () => {
    rig = await agentRig({ images, plugins });
    await rig.cluster.apply(probed({ livenessProbe: play('H', { timeoutSeconds: 2 }) }));
    await rig.pass(14_000);
    expect((await rig.container()).restartCount).toBe(1);
    expect(rig.lines()).toContain('Unhealthy: Liveness probe failed: probe timed out after 2s');
  });
});

describe('a prober that is broken', () => {
  const broken = (probe: () => Promise<ProbeResult>) =>
    defineProber({ handler: 'broken', parse: () => ({ ok: true, value: undefined }), probe });

  test.each<[string, () => Promise<ProbeResult>, RegExp]>([
    [
      'throws at once',
      () => {
        throw new Error('oops');
      },
      /oops/,
    ],
    ['answers with nothing', async () => undefined as unknown as ProbeResult, /nonsense/],
    [
      'answers with a word of its own',
      async () => ({ outcome: 'fine' }) as unknown as ProbeResult,
      /nonsense/,
    ],
  ])('and %s is reported with its pod, and nobody else suffers', async (_, probe, words) => {
    rig = await agentRig({ images, plugins: [...plugins, proberPlugin(broken(probe))] });
    await rig.cluster.apply([
      probed({ livenessProbe: { broken: {}, periodSeconds: 1 }, readinessProbe: play('S') }),
      podOf({ main: { readinessProbe: play('S') } }, 'other'),
    ]);
    await rig.pass(30_000);
    expect(rig.lines().find((line) => line.startsWith('Unhealthy'))).toMatch(words);
    expect(rig.running).toEqual(['other/main#0', 'web/main#0']);
    expect([(await rig.container()).ready, (await rig.container('main', 'other')).ready]).toEqual([
      true,
      true,
    ]);
  });

  test('and never answers, whatever it is told, counts as a failure and holds nobody up', async () => {
    rig = await agentRig({
      images,
      plugins: [...plugins, proberPlugin(broken(() => new Promise(() => {})))],
    });
    await rig.cluster.apply([
      probed({ readinessProbe: { broken: {}, periodSeconds: 1 } }),
      podOf({ main: { readinessProbe: play('S') } }, 'other'),
    ]);
    await rig.pass(30_000);
    expect([(await rig.container()).ready, (await rig.container('main', 'other')).ready]).toEqual([
      false,
      true,
    ]);
    await rig.cluster.delete('Pod', 'default', 'web');
    await rig.pass(5000);
    expect(await rig.exists()).toBe(false);
  });
});
