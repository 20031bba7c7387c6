import { describe, expect, it } from 'vitest';
import {
  type CrashLoopEntry,
  crashLoopDecision,
  crashLoopEvent,
  crashLoopKey,
  crashLoopSettings,
  crashLoopWaiting,
  newestExit,
} from '../../../src/kubelet/container/crash-loop.ts';
import { container, exited, instance, pod, startMs } from '../pod/pod-rig.ts';

/** Waits in seconds between an exit and the next start, for runs of these lengths in seconds. */
function waitsAfter(runSeconds: readonly number[], settings = crashLoopSettings()): readonly number[] {
  let entry: CrashLoopEntry | undefined;
  let nowMs = startMs;
  return runSeconds.map((seconds) => {
    const exitMs = nowMs + seconds * 1000;
    const first = crashLoopDecision(entry, exitMs, exitMs, settings);
    nowMs = first.start ? exitMs : exitMs + first.remainingMs;
    const decision = crashLoopDecision(entry, exitMs, nowMs, settings);
    if (!decision.start) throw new Error('it must start when the wait is over');
    entry = decision.entry;
    return (nowMs - exitMs) / 1000;
  });
}

describe('crashLoopDecision', () => {
  const crashes = (count: number) => Array.from({ length: count }, () => 0);
  const cases = [
    {
      name: 'the first restart is immediate, then 10 s doubling to 300 s',
      runs: crashes(8),
      want: [0, 10, 20, 40, 80, 160, 300, 300],
    },
    { name: 'a run of exactly ten minutes calms nothing', runs: [0, 0, 600, 0], want: [0, 10, 20, 40] },
    { name: 'a run of more than ten minutes starts over', runs: [0, 0, 601, 0], want: [0, 10, 0, 10] },
    {
      name: 'the wait counts from the exit, so a longer run is not waited off',
      runs: [0, 0, 30],
      want: [0, 10, 20],
    },
  ];
  it.each(cases)('$name', ({ runs, want }) => {
    expect(waitsAfter(runs)).toEqual(want);
  });

  it('lowers the first delay to a short maximum', () => {
    expect(waitsAfter(crashes(4), crashLoopSettings({ maxMs: 3000 }))).toEqual([0, 3, 3, 3]);
  });

  it('forgives after ten minutes even with a short maximum', () => {
    expect(waitsAfter([0, 0, 60, 0, 601], crashLoopSettings({ maxMs: 10_000 }))).toEqual([0, 10, 10, 10, 0]);
  });

  it('starts without touching the entry when nothing has ended', () => {
    const entry = { delayMs: 40_000, updatedAtMs: startMs };
    expect(crashLoopDecision(entry, undefined, startMs)).toEqual({ start: true, entry });
  });

  it('tells the delay and what is left of it', () => {
    const entry = { delayMs: 40_000, updatedAtMs: startMs };
    const decision = crashLoopDecision(entry, startMs + 5000, startMs + 15_000);
    expect(decision).toEqual({ start: false, delayMs: 40_000, remainingMs: 30_000 });
  });
});

it('shows the texts of the kubelet', () => {
  expect(crashLoopWaiting(pod(), 'app', 80_000)).toEqual({
    reason: 'CrashLoopBackOff',
    message: 'back-off 1m20s restarting failed container=app pod=web_default(u1)',
  });
  expect(crashLoopEvent(pod(), 'app')).toEqual({
    type: 'Warning',
    reason: 'BackOff',
    message: 'Back-off restarting failed container app in pod web_default(u1)',
  });
});

it('gives a new key to new resources, not to a new command', () => {
  const key = crashLoopKey(pod(), container('app'));
  expect(crashLoopKey(pod(), container('app', { command: ['sh'] }))).toBe(key);
  expect(crashLoopKey(pod(), container('app', { resources: { limits: { cpu: 1 } } }))).not.toBe(key);
});

it('takes the newest dead instance, past one that runs', () => {
  const app = container('app');
  const dead = exited(app, 1, { finishedAtMs: startMs + 7 });
  expect(newestExit([instance(app, { attempt: 1 }), dead])).toBe(dead);
  expect(newestExit([instance(app)])).toBeUndefined();
});
