/**
 * One probe's judgement as pure functions over a small state: when it may look, and what an outcome changes. The rules
 * and their order are the kubelet's (`prober/worker.go`), with one departure: the counters start at zero for each
 * container ID, so that a new container never inherits a success run of the one that died.
 */

import type { ProbeOutcome } from '../../contract/prober.ts';
import type { ProbeSettings, ProbeType, ProbeVerdict } from './settings.ts';

export interface WorkerRules {
  readonly type: ProbeType;
  readonly settings: ProbeSettings;
  /** What was known, before the agent was restarted, of a container that ran through it: no flip while it is unproven. */
  readonly adopted?: { readonly containerID: string; readonly verdict: ProbeVerdict };
}

export interface WorkerState {
  readonly containerID: string | undefined;
  /** The recorded result of this container ID. */
  readonly verdict: ProbeVerdict | undefined;
  /** The last outcome, and how many times in a row it came; counted up to its threshold only. */
  readonly lastOutcome: 'success' | 'failure' | undefined;
  readonly run: number;
  /** Decided for good: no more probing until the container ID changes. */
  readonly onHold: boolean;
}

/** What a worker sees when it looks. */
export interface WorkerView {
  /** Absent while no instance of the container exists. */
  readonly containerID?: string;
  readonly state: 'waiting' | 'running' | 'terminated';
  /** Wall time. */
  readonly startedAtMs?: number;
  /** The container has passed its startup probe, or has none. */
  readonly started: boolean;
  /** False when a terminated container stays so. */
  readonly willRestart: boolean;
  readonly podPhaseIsFinal?: boolean;
  readonly podIsTerminating?: boolean;
}

/** `probe`: run it. `wait`: nothing to do until something changes. `exit`: there will never be anything to do. */
export type NextStep = 'probe' | 'wait' | 'exit';

export interface Look {
  readonly state: WorkerState;
  readonly next: NextStep;
  /** With `wait`: time alone makes it a `probe`, after so many milliseconds. */
  readonly waitMs?: number;
}

export const newWorker: WorkerState = {
  containerID: undefined,
  verdict: undefined,
  lastOutcome: undefined,
  run: 0,
  onHold: false,
};

/** One evaluation up to, not including, the probe itself. Without a view nothing is known of the pod yet. */
export function lookBeforeProbe(
  rules: WorkerRules,
  state: WorkerState,
  view: WorkerView | undefined,
  nowMs: number,
): Look {
  const look = lookAtContainer(rules, state, view);
  if (look.next !== 'probe' || view === undefined) return look;
  const waitMs = initialDelayLeftMs(rules.settings, view.startedAtMs, nowMs);
  return waitMs > 0 ? { state: look.state, next: 'wait', waitMs } : look;
}

/** As `lookBeforeProbe`, without the question of time: `probe` means that only the initial delay may stand against it. */
export function lookAtContainer(rules: WorkerRules, before: WorkerState, view: WorkerView | undefined): Look {
  if (view === undefined) return { state: before, next: 'wait' };
  if (view.podPhaseIsFinal) return { state: before, next: 'exit' };
  if (view.containerID === undefined) return { state: before, next: 'wait' };
  const state = recognise(rules, before, view.containerID);
  if (state.onHold) return { state, next: 'wait' };
  if (view.state !== 'running') {
    const comesBack = view.state !== 'terminated' || view.willRestart;
    return { state: record(state, 'failure'), next: comesBack ? 'wait' : 'exit' };
  }
  if (view.podIsTerminating && rules.type !== 'readiness') {
    return { state: record(state, 'success'), next: 'exit' };
  }
  const mayProbe = view.started === (rules.type !== 'startup');
  return { state, next: mayProbe ? 'probe' : 'wait' };
}

/** The state for this container ID: a new one starts with the value before any probe, and with counters at zero. */
export function recognise(rules: WorkerRules, state: WorkerState, containerID: string): WorkerState {
  if (state.containerID === containerID) return state;
  const { type, adopted } = rules;
  const verdict = adopted?.containerID === containerID ? adopted.verdict : verdictBeforeProbe[type];
  return { ...newWorker, containerID, verdict, onHold: isFinal(type, verdict) };
}

/**
 * What one outcome changes. An `error` changes nothing: it says something about the prober, not about the container.
 * Gives the same object back when nothing changes.
 */
export function judge(
  rules: WorkerRules,
  state: WorkerState,
  outcome: ProbeOutcome | 'unknown' | 'error',
): WorkerState {
  if (outcome === 'error') return state;
  const result = outcome === 'success' || outcome === 'warning' ? 'success' : 'failure';
  const { successThreshold, failureThreshold } = rules.settings;
  const threshold = result === 'success' ? successThreshold : failureThreshold;
  const run = state.lastOutcome === result ? Math.min(state.run + 1, threshold) : 1;
  const verdict = run < threshold ? state.verdict : result;
  if (run >= threshold && isFinal(rules.type, result)) {
    return { containerID: state.containerID, verdict, lastOutcome: undefined, run: 0, onHold: true };
  }
  if (verdict === state.verdict && result === state.lastOutcome && run === state.run) return state;
  return { containerID: state.containerID, verdict, lastOutcome: result, run, onHold: false };
}

/** How long until the container has run for the initial delay; a start in the future (clock skew) counts as now. */
export function initialDelayLeftMs(
  settings: ProbeSettings,
  startedAtMs: number | undefined,
  nowMs: number,
): number {
  const ranMs = startedAtMs === undefined ? 0 : Math.max(0, nowMs - startedAtMs);
  return Math.max(0, settings.initialDelayMs - ranMs);
}

/** The recorded result of a container that has not been probed yet. */
export const verdictBeforeProbe: Readonly<Record<ProbeType, ProbeVerdict>> = {
  liveness: 'success',
  readiness: 'failure',
  startup: 'unknown',
};

/** Probing on would report the old failure of a stopping container again, or start it up twice. */
function isFinal(type: ProbeType, verdict: ProbeVerdict): boolean {
  return (type === 'liveness' && verdict === 'failure') || (type === 'startup' && verdict !== 'unknown');
}

function record(state: WorkerState, verdict: ProbeVerdict): WorkerState {
  return state.verdict === verdict ? state : { ...state, verdict };
}
