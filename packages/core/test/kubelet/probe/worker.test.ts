import { describe, expect, test } from 'vitest';
import { fc } from '../../../../../test/support/fast-check.ts';
import type { ProbeType, ProbeVerdict } from '../../../src/kubelet/probe/settings.ts';
import {
  judge,
  lookAtContainer,
  lookBeforeProbe,
  type NextStep,
  newWorker,
  type WorkerRules,
  type WorkerState,
  type WorkerView,
} from '../../../src/kubelet/probe/worker.ts';
import { settingsOf } from './probe-rig.ts';

type Outcome = Parameters<typeof judge>[2];

const words: Readonly<Record<string, Outcome>> = {
  S: 'success',
  W: 'warning',
  F: 'failure',
  U: 'unknown',
  E: 'error',
};
const letters: Readonly<Record<ProbeVerdict, string>> = { success: 'T', failure: 'F', unknown: '?' };

function rulesOf(type: ProbeType, settings: Parameters<typeof settingsOf>[0] = {}): WorkerRules {
  return { type, settings: settingsOf(settings) };
}

const running: WorkerView = {
  containerID: 'c-1',
  state: 'running',
  startedAtMs: 0,
  started: true,
  willRestart: true,
};

function firstLook(rules: WorkerRules): WorkerState {
  return lookAtContainer(rules, newWorker, { ...running, started: rules.type !== 'startup' }).state;
}

/** The verdict after each outcome of the script; `x` where the worker was on hold and did not probe. */
function play(rules: WorkerRules, script: string): string {
  let state = firstLook(rules);
  let told = '';
  for (const letter of script) {
    if (state.onHold) {
      told += 'x';
      continue;
    }
    state = judge(rules, state, words[letter] ?? 'error');
    told += letters[state.verdict ?? 'unknown'];
  }
  return told;
}

describe('what outcomes make of the verdict', () => {
  const cases: readonly {
    name: string;
    type: ProbeType;
    successThreshold?: number;
    failureThreshold?: number;
    script: string;
    want: string;
  }[] = [
    {
      name: 'liveness is well from the start',
      type: 'liveness',
      failureThreshold: 3,
      script: 'FF',
      want: 'TT',
    },
    {
      name: 'the third failure flips',
      type: 'liveness',
      failureThreshold: 3,
      script: 'SFFFS',
      want: 'TTTFx',
    },
    {
      name: 'a success in between starts the count anew',
      type: 'liveness',
      failureThreshold: 3,
      script: 'FFSFFF',
      want: 'TTTTTF',
    },
    {
      name: 'an error does not count as failure',
      type: 'liveness',
      failureThreshold: 2,
      script: 'EEEE',
      want: 'TTTT',
    },
    {
      name: 'an error does not break a run',
      type: 'liveness',
      failureThreshold: 3,
      script: 'FFEF',
      want: 'TTTF',
    },
    { name: 'a warning is a success', type: 'readiness', script: 'W', want: 'T' },
    {
      name: 'warnings and successes are one run',
      type: 'readiness',
      successThreshold: 2,
      script: 'SW',
      want: 'FT',
    },
    { name: 'unknown is a failure', type: 'readiness', script: 'SU', want: 'TF' },
    { name: 'readiness is never on hold', type: 'readiness', script: 'SFSFS', want: 'TFTFT' },
    {
      name: 'readiness needs its successes in a row',
      type: 'readiness',
      successThreshold: 3,
      script: 'SSFSSS',
      want: 'FFFFFT',
    },
    {
      name: 'start-up is undecided until a threshold',
      type: 'startup',
      failureThreshold: 3,
      script: 'FFS',
      want: '??T',
    },
    { name: 'start-up success is final', type: 'startup', script: 'SFFF', want: 'Txxx' },
    { name: 'start-up failure is final', type: 'startup', failureThreshold: 2, script: 'FFS', want: '?Fx' },
    { name: 'errors leave start-up undecided', type: 'startup', script: 'EEE', want: '???' },
  ];
  test.each(cases)('$name', ({ type, successThreshold = 1, failureThreshold = 1, script, want }) => {
    expect(play(rulesOf(type, { successThreshold, failureThreshold }), script)).toBe(want);
  });

  test('an outcome that changes nothing gives the same object back', () => {
    const rules = rulesOf('readiness', { successThreshold: 2 });
    let state = firstLook(rules);
    for (const outcome of ['success', 'success'] as const) state = judge(rules, state, outcome);
    expect(judge(rules, state, 'success')).toBe(state);
    expect(judge(rules, state, 'error')).toBe(state);
  });
});

describe('what a look decides', () => {
  const cases: readonly {
    name: string;
    type?: ProbeType;
    view: Partial<WorkerView> | undefined;
    next: NextStep;
    verdict: ProbeVerdict | undefined;
  }[] = [
    { name: 'waits while the pod is unknown', view: undefined, next: 'wait', verdict: undefined },
    { name: 'ends with the pod', view: { podPhaseIsFinal: true }, next: 'exit', verdict: undefined },
    { name: 'fails what waits', view: { state: 'waiting' }, next: 'wait', verdict: 'failure' },
    {
      name: 'fails what ended and waits for the next',
      view: { state: 'terminated' },
      next: 'wait',
      verdict: 'failure',
    },
    {
      name: 'ends with a container that does not come back',
      view: { state: 'terminated', willRestart: false },
      next: 'exit',
      verdict: 'failure',
    },
    {
      name: 'ends well when the pod terminates',
      view: { podIsTerminating: true },
      next: 'exit',
      verdict: 'success',
    },
    {
      name: 'goes on for readiness when the pod terminates',
      type: 'readiness',
      view: { podIsTerminating: true },
      next: 'probe',
      verdict: 'failure',
    },
    { name: 'waits for the start-up', view: { started: false }, next: 'wait', verdict: 'success' },
    {
      name: 'starts up what is not started',
      type: 'startup',
      view: { started: false },
      next: 'probe',
      verdict: 'unknown',
    },
    { name: 'leaves alone what is started', type: 'startup', view: {}, next: 'wait', verdict: 'unknown' },
    { name: 'probes what runs', view: {}, next: 'probe', verdict: 'success' },
  ];
  test.each(cases)('$name', ({ type = 'liveness', view, next, verdict }) => {
    const seen = view === undefined ? undefined : { ...running, ...view };
    const look = lookBeforeProbe(rulesOf(type), newWorker, seen, 1_000);
    expect({ next: look.next, verdict: look.state.verdict }).toEqual({ next, verdict });
  });

  test('waits while there is no container ID', () => {
    const look = lookBeforeProbe(
      rulesOf('liveness'),
      newWorker,
      { state: 'waiting', started: false, willRestart: true },
      0,
    );
    expect(look).toEqual({ state: newWorker, next: 'wait' });
  });

  test.each([
    { atMs: 0, waitMs: 10_000 },
    { atMs: 9_999, waitMs: 1 },
    { atMs: 10_000, waitMs: undefined },
    { atMs: -5_000, waitMs: 10_000 },
  ])('at $atMs ms of a delay of 10 s it waits $waitMs ms', ({ atMs, waitMs }) => {
    const look = lookBeforeProbe(rulesOf('liveness', { initialDelayMs: 10_000 }), newWorker, running, atMs);
    expect(look.waitMs).toBe(waitMs);
    expect(look.next).toBe(waitMs === undefined ? 'probe' : 'wait');
  });

  test('on hold it does not even look at the state', () => {
    const rules = rulesOf('liveness');
    const held = judge(rules, firstLook(rules), 'failure');
    const look = lookBeforeProbe(rules, held, { ...running, state: 'terminated', willRestart: false }, 0);
    expect(look).toEqual({ state: held, next: 'wait' });
  });

  test('an adopted container keeps its verdict, any other starts with the default', () => {
    const rules: WorkerRules = {
      ...rulesOf('readiness'),
      adopted: { containerID: 'c-1', verdict: 'success' },
    };
    const first = lookAtContainer(rules, newWorker, running).state;
    const second = lookAtContainer(rules, first, { ...running, containerID: 'c-2' }).state;
    expect([first.verdict, second.verdict]).toEqual(['success', 'failure']);
  });
});

const anyType = fc.constantFrom<ProbeType>('liveness', 'readiness', 'startup');
const anyRules = fc
  .record({
    type: anyType,
    successThreshold: fc.integer({ min: 1, max: 4 }),
    failureThreshold: fc.integer({ min: 1, max: 4 }),
  })
  .map(({ type, ...thresholds }) => rulesOf(type, thresholds));
const anyScript = fc.array(fc.constantFrom<Outcome>('success', 'warning', 'failure', 'unknown', 'error'), {
  maxLength: 40,
});

/** How many of the last outcomes, errors left out, say the same as the last one. */
function lastRun(outcomes: readonly Outcome[]): { result: string | undefined; length: number } {
  const results = outcomes
    .filter((outcome) => outcome !== 'error')
    .map((outcome) => (outcome === 'success' || outcome === 'warning' ? 'success' : 'failure'));
  const result = results.at(-1);
  const other = results.findLastIndex((each) => each !== result);
  return { result, length: results.length - 1 - other };
}

describe('for any script', () => {
  test('a verdict changes only to what a full run of outcomes says', () => {
    fc.assert(
      fc.property(anyRules, anyScript, (rules, script) => {
        let state = firstLook(rules);
        for (let i = 0; i < script.length && !state.onHold; i += 1) {
          const before = state;
          state = judge(rules, state, script[i] as Outcome);
          const run = lastRun(script.slice(0, i + 1));
          const { successThreshold, failureThreshold } = rules.settings;
          const threshold = run.result === 'success' ? successThreshold : failureThreshold;
          if (state.verdict !== before.verdict) {
            expect(state.verdict).toBe(run.result);
            expect(run.length).toBeGreaterThanOrEqual(threshold);
          } else if (run.result !== undefined && run.length >= threshold) {
            expect(state.verdict).toBe(run.result);
          }
        }
      }),
    );
  });

  test('errors might as well not have happened', () => {
    fc.assert(
      fc.property(anyRules, anyScript, (rules, script) => {
        const judgeAll = (outcomes: readonly Outcome[]) =>
          outcomes.reduce(
            (state, outcome) => (state.onHold ? state : judge(rules, state, outcome)),
            firstLook(rules),
          );
        expect(judgeAll(script)).toEqual(judgeAll(script.filter((outcome) => outcome !== 'error')));
      }),
    );
  });

  test('a decided liveness failure or start-up holds for this container, and nothing of it passes to the next', () => {
    fc.assert(
      fc.property(anyRules, anyScript, (rules, script) => {
        const view = { ...running, started: rules.type !== 'startup' };
        let state = firstLook(rules);
        for (const outcome of script) if (!state.onHold) state = judge(rules, state, outcome);
        const isFinal = { liveness: 'failure', startup: 'success', readiness: 'none' }[rules.type];
        if (state.verdict === isFinal) expect(lookAtContainer(rules, state, view).next).toBe('wait');
        const next = lookAtContainer(rules, state, { ...view, containerID: 'c-2' });
        expect(next.state).toEqual({ ...firstLook(rules), containerID: 'c-2' });
        expect(next.next).toBe('probe');
      }),
    );
  });
});
