import { describe, expect, test } from 'vitest';
import type { ProbeType } from '../../../src/kubelet/probe/settings.ts';
import { ProbeRig } from './probe-rig.ts';

const periodMs = 10_000;

describe('when the probe runs', () => {
  test('at once at the start of the container, then every period', async () => {
    using rig = new ProbeRig();
    rig.change();
    await rig.clock.advanceBy(35_000);
    expect(rig.attemptTimes).toEqual([0, 10_000, 20_000, 30_000]);
  });

  test('at container start plus initial delay, not up to a period later', async () => {
    using rig = new ProbeRig({ settings: { initialDelayMs: 15_000 } });
    rig.change();
    await rig.clock.advanceBy(36_000);
    expect(rig.attemptTimes).toEqual([15_000, 25_000, 35_000]);
  });

  test('with the timing of the kubelet, on whole periods from the start', async () => {
    using rig = new ProbeRig({ settings: { initialDelayMs: 15_000, firstProbeMs: 20_000 } });
    rig.change();
    await rig.clock.advanceBy(45_000);
    expect(rig.attemptTimes).toEqual([20_000, 30_000, 40_000]);
  });

  test('at once when the initial delay was over before the container was seen', async () => {
    using rig = new ProbeRig({ settings: { initialDelayMs: 15_000 } });
    await rig.clock.advanceBy(1_000);
    rig.change({ startedAtMs: rig.clock.now() - 60_000 });
    await rig.clock.advanceBy(15_000);
    expect(rig.attemptTimes).toEqual([1_000, 11_000]);
  });

  test('no later than the initial delay when the start lies in the future by a skewed clock', async () => {
    using rig = new ProbeRig({ settings: { initialDelayMs: 5_000 } });
    rig.change({ startedAtMs: rig.clock.now() + 3_600_000 });
    await rig.clock.advanceBy(6_000);
    expect(rig.attemptTimes).toEqual([5_000]);
  });

  test('counts the initial delay from when it hears of the container where the start is not known', async () => {
    using rig = new ProbeRig({ settings: { initialDelayMs: 5_000 } });
    await rig.clock.advanceBy(1_000);
    rig.actor.send({
      type: 'container.changed',
      containerID: 'c-1',
      state: 'running',
      started: true,
      willRestart: true,
    });
    await rig.clock.advanceBy(5_000);
    expect(rig.attemptTimes).toEqual([6_000]);
  });

  test('an attempt that takes long leaves out the ticks it covers and keeps to the grid', async () => {
    using rig = new ProbeRig({ durationMs: (atMs) => (atMs === 10_000 ? 25_000 : 0) });
    rig.change();
    await rig.clock.advanceBy(55_000);
    expect(rig.attemptTimes).toEqual([0, 10_000, 40_000, 50_000]);
    expect(rig.inFlightMax).toBe(1);
  });

  test('a first delay spreads adopted containers; the period counts from the first probe', async () => {
    using rig = new ProbeRig({ input: { firstDelayMs: 3_000 } });
    rig.change({ startedAtMs: rig.clock.now() - 3_600_000 });
    await rig.clock.advanceBy(15_000);
    expect(rig.attemptTimes).toEqual([3_000, 13_000]);
  });

  test('a random first delay is drawn from the period', async () => {
    using rig = new ProbeRig({ input: { firstDelayMs: 'random' }, chance: 0.25 });
    rig.change({ startedAtMs: rig.clock.now() - 3_600_000 });
    await rig.clock.advanceBy(5_000);
    expect(rig.attemptTimes).toEqual([2_500]);
  });

  test('the first delay is for the first container only', async () => {
    using rig = new ProbeRig({ input: { firstDelayMs: 3_000 } });
    rig.change();
    await rig.clock.advanceBy(5_000);
    rig.change({ containerID: 'c-2' });
    await rig.clock.advanceBy(0);
    expect(rig.attemptTimes).toEqual([3_000, 5_000]);
  });

  test('the period is kept when the wall clock is set', async () => {
    using rig = new ProbeRig();
    rig.change();
    await rig.clock.advanceBy(1_000);
    const { now } = rig.clock;
    rig.clock.now = () => now.call(rig.clock) - 86_400_000;
    await rig.clock.advanceBy(10_000);
    rig.clock.now = now;
    expect(rig.attemptTimes).toHaveLength(2);
  });
});

describe('a probe on request', () => {
  test('runs at once and restarts the period', async () => {
    using rig = new ProbeRig({ type: 'readiness' });
    rig.change();
    await rig.clock.advanceBy(4_000);
    rig.actor.send({ type: 'probe.run-now' });
    await rig.clock.advanceBy(21_000);
    expect(rig.attemptTimes).toEqual([0, 4_000, 14_000, 24_000]);
  });

  test('waits for the initial delay', async () => {
    using rig = new ProbeRig({
      type: 'readiness',
      settings: { initialDelayMs: 6_000, firstProbeMs: 10_000 },
    });
    rig.change();
    await rig.clock.advanceBy(1_000);
    rig.actor.send({ type: 'probe.run-now' });
    await rig.clock.advanceBy(20_000);
    expect(rig.attemptTimes).toEqual([6_000, 16_000]);
  });

  test('adds nothing while an attempt is in flight', async () => {
    using rig = new ProbeRig({ type: 'readiness', durationMs: () => 2_000 });
    rig.change();
    await rig.clock.advanceBy(1_000);
    rig.actor.send({ type: 'probe.run-now' });
    rig.actor.send({ type: 'probe.run-now' });
    await rig.clock.advanceBy(8_000);
    expect(rig.attemptTimes).toEqual([0]);
    expect(rig.inFlightMax).toBe(1);
  });

  const idle: readonly { name: string; prepare: (rig: ProbeRig) => void }[] = [
    { name: 'before there is a container', prepare: () => {} },
    { name: 'while the container is not started', prepare: (rig) => rig.change({ started: false }) },
    { name: 'while the container does not run', prepare: (rig) => rig.change({ state: 'terminated' }) },
  ];
  test.each(idle)('does nothing $name', async ({ prepare }) => {
    using rig = new ProbeRig({ type: 'readiness' });
    prepare(rig);
    rig.actor.send({ type: 'probe.run-now' });
    await rig.clock.advanceBy(60_000);
    expect(rig.attempts).toEqual([]);
    expect(rig.clock.pending).toBe(0);
  });
});

describe('what the owner hears', () => {
  const initial: readonly { type: ProbeType; verdict: string }[] = [
    { type: 'liveness', verdict: 'success' },
    { type: 'readiness', verdict: 'failure' },
    { type: 'startup', verdict: 'unknown' },
  ];
  test.each(initial)(
    'of $type, for each new container, $verdict before any probe',
    async ({ type, verdict }) => {
      using rig = new ProbeRig({ type, settings: { initialDelayMs: 60_000 } });
      rig.change();
      await rig.clock.advanceBy(1_000);
      rig.change({ containerID: 'c-2' });
      await rig.clock.advanceBy(0);
      expect(rig.verdicts).toEqual([
        { atMs: 0, containerID: 'c-1', verdict, message: '' },
        { atMs: 1_000, containerID: 'c-2', verdict, message: '' },
      ]);
    },
  );

  test('only changes, with the answer that decided', async () => {
    using rig = new ProbeRig({
      type: 'readiness',
      settings: { failureThreshold: 2 },
      answer: (atMs) => (atMs >= 30_000 && atMs < 60_000 ? 'failure' : 'success'),
    });
    rig.change();
    await rig.clock.advanceBy(95_000);
    expect(rig.verdicts).toEqual([
      { atMs: 0, containerID: 'c-1', verdict: 'failure', message: '' },
      { atMs: 0, containerID: 'c-1', verdict: 'success', message: 'success at 0' },
      { atMs: 40_000, containerID: 'c-1', verdict: 'failure', message: 'failure at 40000' },
      { atMs: 60_000, containerID: 'c-1', verdict: 'success', message: 'success at 60000' },
    ]);
  });

  test('nothing of an attempt that could not be made', async () => {
    using rig = new ProbeRig({ type: 'liveness', answer: () => 'error' });
    rig.change();
    await rig.clock.advanceBy(100_000);
    expect(rig.attempts).toHaveLength(11);
    expect(rig.verdicts.map(({ verdict }) => verdict)).toEqual(['success']);
  });

  test('nothing when the port that runs attempts breaks; the next one comes a period later', async () => {
    using rig = new ProbeRig({ answer: () => new Error('lookup failed') });
    rig.change();
    await rig.clock.advanceBy(25_000);
    expect(rig.attemptTimes).toEqual([0, 10_000, 20_000]);
    expect(rig.verdicts).toHaveLength(1);
    expect(rig.errors).toEqual([]);
    expect(rig.breaks).toHaveLength(3);
    expect(rig.breaks[0]).toEqual({
      key: { podUID: 'uid-1', container: 'web', type: 'liveness', containerID: 'c-1' },
      error: new Error('lookup failed'),
    });
  });

  test('a readiness failure when the container stops running', async () => {
    using rig = new ProbeRig({ type: 'readiness' });
    rig.change();
    await rig.clock.advanceBy(1_000);
    rig.change({ state: 'terminated' });
    await rig.clock.advanceBy(0);
    expect(rig.verdicts.map(({ verdict }) => verdict)).toEqual(['failure', 'success', 'failure']);
  });

  test.each(['liveness', 'startup'] as const)('no %s failure for not running yet', async (type) => {
    using rig = new ProbeRig({ type, settings: { initialDelayMs: 5_000 } });
    rig.change({ state: 'waiting' });
    rig.change();
    rig.change({ state: 'terminated' });
    rig.change({ containerID: 'c-2', state: 'waiting' });
    await rig.clock.advanceBy(0);
    expect(rig.verdicts.map(({ verdict }) => verdict)).not.toContain('failure');
  });

  test('what was known of an adopted container, until a probe decides otherwise', async () => {
    using rig = new ProbeRig({
      type: 'readiness',
      settings: { failureThreshold: 3 },
      input: { adopted: { containerID: 'c-1', verdict: 'success' } },
      answer: () => 'failure',
    });
    rig.change();
    await rig.clock.advanceBy(15_000);
    expect(rig.verdicts.map(({ verdict }) => verdict)).toEqual(['success']);
    await rig.clock.advanceBy(10_000);
    expect(rig.verdicts.map(({ verdict }) => verdict)).toEqual(['success', 'failure']);
    rig.change({ containerID: 'c-2' });
    await rig.clock.advanceBy(0);
    expect(rig.verdicts.at(-1)).toMatchObject({ containerID: 'c-2', verdict: 'failure' });
  });

  test('an adopted container that had started is not started up again', async () => {
    using rig = new ProbeRig({
      type: 'startup',
      input: { adopted: { containerID: 'c-1', verdict: 'success' } },
    });
    rig.change({ started: false });
    await rig.clock.advanceBy(60_000);
    expect(rig.attempts).toEqual([]);
    expect(rig.verdicts.map(({ verdict }) => verdict)).toEqual(['success']);
  });
});

describe('rest', () => {
  test('a liveness failure is held, without a timer, until there is a new container', async () => {
    using rig = new ProbeRig({
      answer: (_, { containerID }) => (containerID === 'c-1' ? 'failure' : 'success'),
    });
    rig.change();
    await rig.clock.advanceBy(60_000);
    expect(rig.attemptTimes).toEqual([0]);
    expect(rig.clock.pending).toBe(0);
    rig.change({ state: 'terminated' });
    rig.change({ containerID: 'c-2' });
    await rig.clock.advanceBy(periodMs);
    expect(rig.attempts.slice(1)).toEqual([
      { atMs: 60_000, containerID: 'c-2' },
      { atMs: 70_000, containerID: 'c-2' },
    ]);
    expect(rig.verdicts.map(({ verdict }) => verdict)).toEqual(['success', 'failure', 'success']);
  });

  test('a startup probe that succeeded never runs again for this container', async () => {
    using rig = new ProbeRig({ type: 'startup' });
    rig.change();
    await rig.clock.advanceBy(0);
    rig.change({ started: true, startedAtMs: rig.clock.now() });
    await rig.clock.advanceBy(60_000);
    expect(rig.attemptTimes).toEqual([0]);
    expect(rig.clock.pending).toBe(0);
    rig.change({ containerID: 'c-2', started: false });
    await rig.clock.advanceBy(0);
    expect(rig.attempts.at(-1)).toEqual({ atMs: 60_000, containerID: 'c-2' });
  });

  test('readiness is probed at once when the start-up is over, whatever the period', async () => {
    using rig = new ProbeRig({ type: 'readiness', settings: { periodMs: 30_000 } });
    const startedAtMs = rig.clock.now();
    rig.change({ started: false });
    await rig.clock.advanceBy(32_000);
    expect(rig.attempts).toEqual([]);
    rig.change({ started: true, startedAtMs });
    await rig.clock.advanceBy(30_000);
    expect(rig.attemptTimes).toEqual([32_000, 62_000]);
  });

  test('the end of the start-up overrules the first delay of an adopted container', async () => {
    using rig = new ProbeRig({ type: 'readiness', input: { firstDelayMs: 9_000 } });
    const startedAtMs = rig.clock.now();
    rig.change({ started: false });
    await rig.clock.advanceBy(2_000);
    rig.change({ started: true, startedAtMs });
    await rig.clock.advanceBy(1_000);
    expect(rig.attemptTimes).toEqual([2_000]);
  });

  test('a released readiness probe still waits for its own initial delay', async () => {
    using rig = new ProbeRig({ type: 'readiness', settings: { initialDelayMs: 20_000 } });
    const startedAtMs = rig.clock.now();
    rig.change({ started: false });
    await rig.clock.advanceBy(5_000);
    rig.change({ started: true, startedAtMs });
    await rig.clock.advanceBy(16_000);
    expect(rig.attemptTimes).toEqual([20_000]);
  });

  test('an attempt is aborted when the container stops, and its answer counts for nothing', async () => {
    using rig = new ProbeRig({ type: 'readiness', durationMs: () => 2_000 });
    rig.change();
    await rig.clock.advanceBy(1_000);
    rig.change({ state: 'terminated' });
    await rig.clock.advanceBy(60_000);
    expect(rig.aborted).toBe(1);
    expect(rig.breaks).toEqual([]);
    expect(rig.verdicts.map(({ verdict }) => verdict)).toEqual(['failure']);
    expect(rig.clock.pending).toBe(0);
  });

  test('an attempt is aborted when another container takes the place of the probed one', async () => {
    using rig = new ProbeRig({ type: 'readiness', durationMs: (atMs) => (atMs === 0 ? 5_000 : 0) });
    rig.change();
    await rig.clock.advanceBy(1_000);
    rig.change({ containerID: 'c-2' });
    await rig.clock.advanceBy(1_000);
    expect(rig.aborted).toBe(1);
    expect(rig.attempts).toEqual([
      { atMs: 0, containerID: 'c-1' },
      { atMs: 1_000, containerID: 'c-2' },
    ]);
  });

  test('news that changes nothing for the probe leaves attempt and timer alone', async () => {
    using rig = new ProbeRig({ type: 'readiness', durationMs: () => 2_000 });
    const startedAtMs = rig.clock.now();
    rig.change();
    await rig.clock.advanceBy(1_000);
    rig.change({ startedAtMs, willRestart: false });
    await rig.clock.advanceBy(4_000);
    rig.change({ startedAtMs, willRestart: true });
    await rig.clock.advanceBy(6_000);
    expect(rig.attemptTimes).toEqual([0, 10_000]);
    expect(rig.aborted).toBe(0);
  });

  test('a stopped actor aborts its attempt and leaves no timer behind', async () => {
    const rig = new ProbeRig({ durationMs: () => 2_000 });
    rig.change();
    await rig.clock.advanceBy(1_000);
    rig[Symbol.dispose]();
    await rig.clock.advanceBy(0);
    expect(rig.aborted).toBe(1);
    expect(rig.clock.pending).toBe(0);
  });
});

describe('the end', () => {
  test.each(['liveness', 'startup'] as const)(
    '%s retires with the pod, in the middle of an attempt',
    async (type) => {
      using rig = new ProbeRig({ type, durationMs: () => 2_000, answer: () => 'failure' });
      rig.change();
      await rig.clock.advanceBy(1_000);
      const heard = rig.verdicts.length;
      rig.actor.send({ type: 'pod.terminating' });
      rig.change();
      rig.change({ containerID: 'c-2' });
      await rig.clock.advanceBy(60_000);
      expect(rig.state).toBe('retired');
      expect(rig.aborted).toBe(1);
      expect(rig.attempts).toHaveLength(1);
      expect(rig.verdicts).toHaveLength(heard);
    },
  );

  test('liveness never begins when the pod terminates before the container runs', async () => {
    using rig = new ProbeRig();
    rig.change({ state: 'waiting' });
    rig.actor.send({ type: 'pod.terminating' });
    rig.change();
    await rig.clock.advanceBy(60_000);
    expect(rig.attempts).toEqual([]);
  });

  test('readiness goes on until the container has stopped', async () => {
    using rig = new ProbeRig({ type: 'readiness' });
    rig.change();
    await rig.clock.advanceBy(5_000);
    rig.actor.send({ type: 'pod.terminating' });
    await rig.clock.advanceBy(10_000);
    rig.change({ state: 'terminated', willRestart: false });
    await rig.clock.advanceBy(60_000);
    expect(rig.attemptTimes).toEqual([0, 10_000]);
    expect(rig.state).toBe('retired');
  });

  test.each(['liveness', 'startup'] as const)('%s of a sidecar goes on', async (type) => {
    using rig = new ProbeRig({ type, input: { isSidecar: true }, answer: () => 'error' });
    rig.change();
    await rig.clock.advanceBy(5_000);
    rig.actor.send({ type: 'pod.terminating' });
    await rig.clock.advanceBy(10_000);
    expect(rig.attemptTimes).toEqual([0, 10_000]);
  });

  test('a container that comes back against all expectation is probed again', async () => {
    using rig = new ProbeRig();
    rig.change();
    rig.change({ state: 'terminated', willRestart: false });
    expect(rig.state).toBe('retired');
    rig.change({ containerID: 'c-2' });
    await rig.clock.advanceBy(0);
    expect(rig.attempts.at(-1)).toEqual({ atMs: 0, containerID: 'c-2' });
  });
});
