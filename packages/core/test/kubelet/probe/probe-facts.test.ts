import { describe, expect, test } from 'vitest';
import type { Container, Probe } from '../../../src/api/pod.ts';
import { probeEvent } from '../../../src/kubelet/probe/probe-events.ts';
import { containerReadiness, type ReadinessFacts } from '../../../src/kubelet/probe/readiness.ts';
import { probeSettings } from '../../../src/kubelet/probe/settings.ts';
import { containerProbes, podProbes } from '../../../src/kubelet/probe/workers.ts';

describe('probeEvent', () => {
  test.each([
    { type: 'liveness', kind: 'success', want: undefined },
    {
      type: 'liveness',
      kind: 'failure',
      want: { type: 'Warning', reason: 'Unhealthy', message: 'Liveness probe failed: it said so' },
    },
    {
      type: 'readiness',
      kind: 'warning',
      want: { type: 'Warning', reason: 'ProbeWarning', message: 'Readiness probe warning: it said so' },
    },
    {
      type: 'startup',
      kind: 'error',
      want: {
        type: 'Warning',
        reason: 'Unhealthy',
        message: 'Startup probe errored and resulted in unknown state: it said so',
      },
    },
  ] as const)('of a $type $kind', ({ type, kind, want }) => {
    expect(probeEvent(type, { kind, message: 'it said so' })).toEqual(want);
  });
});

describe('containerReadiness', () => {
  const cases: readonly { name: string; facts: Partial<ReadinessFacts>; started: boolean; ready: boolean }[] =
    [
      { name: 'running without probes', facts: {}, started: true, ready: true },
      { name: 'waiting', facts: { state: 'waiting' }, started: false, ready: false },
      { name: 'ended well', facts: { state: 'terminated', exitCode: 0 }, started: false, ready: false },
      { name: 'readiness undecided', facts: { probes: ['readiness'] }, started: true, ready: false },
      {
        name: 'readiness passed',
        facts: { probes: ['readiness'], verdicts: { readiness: 'success' } },
        started: true,
        ready: true,
      },
      {
        name: 'readiness passed but start-up undecided',
        facts: { probes: ['startup', 'readiness'], verdicts: { startup: 'unknown', readiness: 'success' } },
        started: false,
        ready: false,
      },
      { name: 'liveness does not matter', facts: { probes: ['liveness'] }, started: true, ready: true },
      { name: 'a running init container', facts: { role: 'init' }, started: true, ready: false },
      {
        name: 'an init container that ended well',
        facts: { role: 'init', state: 'terminated', exitCode: 0 },
        started: false,
        ready: true,
      },
      {
        name: 'an init container that failed',
        facts: { role: 'init', state: 'terminated', exitCode: 1 },
        started: false,
        ready: false,
      },
      { name: 'a running sidecar', facts: { role: 'sidecar' }, started: true, ready: true },
    ];
  test.each(cases)('$name', ({ facts, started, ready }) => {
    const all: ReadinessFacts = { role: 'app', state: 'running', probes: [], verdicts: {}, ...facts };
    expect(containerReadiness(all)).toEqual({ started, ready });
  });
});

describe('the probes of a pod', () => {
  const probe: Probe = { exec: { command: ['true'] } };
  const all = { livenessProbe: probe, readinessProbe: probe, startupProbe: probe };
  const container = (name: string, more: Partial<Container> = {}): Container => ({
    name,
    image: 'i',
    ...more,
  });

  test('come for each container as start-up, readiness, liveness', () => {
    expect(containerProbes(container('a', all)).map(({ type }) => type)).toEqual([
      'startup',
      'readiness',
      'liveness',
    ]);
  });

  test('include those of sidecars, not those of other init containers', () => {
    const wanted = podProbes({
      initContainers: [container('init', all), container('side', { ...all, restartPolicy: 'Always' })],
      containers: [container('none'), container('app', { livenessProbe: probe })],
    });
    expect(wanted.map((each) => `${each.container}/${each.type}`)).toEqual([
      'app/liveness',
      'side/startup',
      'side/readiness',
      'side/liveness',
    ]);
  });
});

describe('probeSettings', () => {
  test('has the defaults of Kubernetes', () => {
    expect(probeSettings({})).toEqual({
      initialDelayMs: 0,
      firstProbeMs: 0,
      periodMs: 10_000,
      timeoutMs: 1_000,
      successThreshold: 1,
      failureThreshold: 3,
    });
  });

  test('takes zero for "not set"', () => {
    const zeros = { periodSeconds: 0, timeoutSeconds: 0, successThreshold: 0, failureThreshold: 0 };
    expect(probeSettings(zeros)).toEqual(probeSettings({}));
  });

  test.each([
    { timing: 'aligned', initialDelaySeconds: 15, want: 15_000 },
    { timing: 'kubelet', initialDelaySeconds: 15, want: 20_000 },
    { timing: 'kubelet', initialDelaySeconds: 20, want: 20_000 },
    { timing: 'kubelet', initialDelaySeconds: 0, want: 0 },
  ] as const)('with a delay of $initialDelaySeconds s and $timing timing, the first at $want ms', (row) => {
    const settings = probeSettings({ initialDelaySeconds: row.initialDelaySeconds }, row.timing);
    expect(settings.firstProbeMs).toBe(row.want);
  });
});
