import { describe, expect, it } from 'vitest';
import {
  containerGraceMs,
  graceAfterMs,
  podGraceMs,
  runsPreStop,
  stopGraceMs,
} from '../../../src/kubelet/container/grace-period.ts';
import { container, deleted, pod } from '../pod/pod-rig.ts';

const liveness = { exec: { command: ['true'] }, terminationGracePeriodSeconds: 5 };
const startup = { exec: { command: ['true'] }, terminationGracePeriodSeconds: 90 };
const app = container('app', { livenessProbe: liveness, startupProbe: startup });

describe('podGraceMs', () => {
  const cases = [
    { name: 'the spec', of: pod({ terminationGracePeriodSeconds: 12 }), options: {}, want: 12_000 },
    { name: 'the default of a spec that names none', of: pod(), options: {}, want: 30_000 },
    {
      name: 'the deletion',
      of: pod({ terminationGracePeriodSeconds: 12 }, deleted),
      options: {},
      want: 30_000,
    },
    { name: 'a shorter override', of: pod({}, deleted), options: { overrideMs: 4000 }, want: 4000 },
    { name: 'not a longer override', of: pod({}, deleted), options: { overrideMs: 90_000 }, want: 30_000 },
    {
      name: 'the one in force when that is shorter',
      of: pod({}, deleted),
      options: { currentMs: 3000 },
      want: 3000,
    },
    { name: 'at least a second', of: pod({}, deleted), options: { overrideMs: 0 }, want: 1000 },
    {
      name: 'a second for a negative number',
      of: pod({ terminationGracePeriodSeconds: -5 }),
      options: {},
      want: 1000,
    },
  ];
  it.each(cases)('is $name', ({ of, options, want }) => {
    expect(podGraceMs(of, options)).toBe(want);
  });
});

describe('containerGraceMs', () => {
  const cases = [
    { name: 'the pod spec', of: pod(), options: {}, want: 30_000 },
    {
      name: 'the liveness probe that failed',
      of: pod(),
      options: { cause: 'liveness' as const },
      want: 5000,
    },
    {
      name: 'the startup probe, though longer',
      of: pod(),
      options: { cause: 'startup' as const },
      want: 90_000,
    },
    {
      name: 'the pod spec for a new image',
      of: pod(),
      options: { cause: 'definition-changed' as const },
      want: 30_000,
    },
    {
      name: 'the deletion before any probe',
      of: pod({}, deleted),
      options: { cause: 'liveness' as const },
      want: 30_000,
    },
    { name: 'an override before all', of: pod({}, deleted), options: { overrideMs: 0 }, want: 0 },
  ];
  it.each(cases)('is that of $name', ({ of, options, want }) => {
    expect(containerGraceMs(of, app, options)).toBe(want);
  });
});

it('counts whole seconds of a hook, and leaves two seconds in the end', () => {
  expect(graceAfterMs(30_000, 20_999)).toBe(10_000);
  expect(graceAfterMs(30_000, 40_000)).toBe(0);
  expect([stopGraceMs(0), stopGraceMs(1999), stopGraceMs(10_000)]).toEqual([2000, 2000, 10_000]);
});

it('leaves out the preStop hook only when there is no time at all', () => {
  const hooked = container('app', { lifecycle: { preStop: { sleep: { seconds: 1 } } } });
  expect([runsPreStop(hooked, 1), runsPreStop(hooked, 0), runsPreStop(app, 1)]).toEqual([true, false, false]);
});
