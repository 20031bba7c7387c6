/** The numbers of one probe, in milliseconds, and the words that name a probe and what it found. */

import type { Probe } from '../../api/pod.ts';

export type ProbeType = 'liveness' | 'readiness' | 'startup';

/** What is recorded for one container ID. `unknown` is the startup probe's word for "not decided yet". */
export type ProbeVerdict = 'success' | 'failure' | 'unknown';

/** Names one probe actor. UIDs, so that a recreated pod is never mistaken for its predecessor. */
export interface ProbeKey {
  readonly podUID: string;
  readonly container: string;
  readonly type: ProbeType;
}

export interface ProbeSettings {
  /** No probe before the container has run this long. */
  readonly initialDelayMs: number;
  /** When the first probe that nobody asked for is due, counted from the container's start; at least `initialDelayMs`. */
  readonly firstProbeMs: number;
  readonly periodMs: number;
  readonly timeoutMs: number;
  readonly successThreshold: number;
  readonly failureThreshold: number;
}

/**
 * `aligned`: the first probe at container start + initial delay, then every period from there. `kubelet`: on whole
 * periods from the container's start, up to one period later than asked for (kubernetes/kubernetes#62036).
 */
export type ProbeTiming = 'aligned' | 'kubelet';

/** The settings of a probe; what it leaves out gets Kubernetes' defaults. */
export function probeSettings(probe: Probe, timing: ProbeTiming = 'aligned'): ProbeSettings {
  const initialDelayMs = (probe.initialDelaySeconds ?? 0) * 1000;
  // Zero stands for "not set" in the API, and a period of zero would be a hot loop.
  const periodMs = (probe.periodSeconds || 10) * 1000;
  return {
    initialDelayMs,
    firstProbeMs: timing === 'kubelet' ? Math.ceil(initialDelayMs / periodMs) * periodMs : initialDelayMs,
    periodMs,
    timeoutMs: (probe.timeoutSeconds || 1) * 1000,
    successThreshold: probe.successThreshold || 1,
    failureThreshold: probe.failureThreshold || 3,
  };
}
