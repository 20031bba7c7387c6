import { describe, expect, test } from 'vitest';
import { type ActorRef, initialTransition, type Snapshot, transition } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import type { ContainerInfo } from '../../../src/contract/container-runtime.ts';
import {
  type ContainerContext,
  type ContainerEvent,
  type ContainerInput,
  type ContainerReported,
  StepFailed,
} from '../../../src/kubelet/container/container-context.ts';
import { containerMachine } from '../../../src/kubelet/container/container-machine.ts';
import type { StopOrder } from '../../../src/kubelet/container/container-view.ts';
import { container, instance } from '../pod/pod-rig.ts';
import { settingsOf } from '../probe/probe-rig.ts';

type Machine = typeof containerMachine;
type State = ReturnType<typeof initialTransition<Machine>>[0];
type Step = ContainerEvent | { readonly type: string; readonly [field: string]: unknown };

const web = container('web');
const created = (attempt = 0) => instance(web, { attempt, state: 'created' });
const running = (attempt = 0) => instance(web, { attempt });
const exited = (attempt = 0, exitCode = 1) => instance(web, { attempt, state: 'exited', exitCode });

const owner = {} as ActorRef<Snapshot<unknown>, ContainerReported>;
function inputOf(adopted: readonly ContainerInfo[] = []): ContainerInput {
  const probe = { podUID: 'u1', container: 'web', settings: settingsOf() };
  const probes = [
    { ...probe, type: 'liveness' as const },
    { ...probe, type: 'readiness' as const },
  ];
  return { owner, podUID: 'u1', name: 'web', probes, adopted, adoptedVerdicts: {} };
}

const order: StopOrder = {
  message: 'Stopping container web',
  cause: 'pod deleted',
  gracePeriodMs: 30_000,
  restart: false,
  podTerminating: true,
  waitFor: [],
  skipPreStop: false,
  discard: false,
  startsOver: false,
};
const stop = (changes: Partial<StopOrder> = {}): Step => ({
  type: 'container.stop',
  order: { ...order, ...changes },
});
const start: Step = { type: 'container.start' };
const observed = (info: ContainerInfo): Step => ({ type: 'container.observed', info });

const states = {
  gate: 'gating',
  create: 'creating',
  start: 'starting',
  stop: 'stopping',
} as const;
const done = (step: keyof typeof states, output: unknown): Step => ({
  type: `xstate.done.actor.0.container.${states[step]}`,
  output,
});
const broke = (step: keyof typeof states, error: unknown = new Error('broken')): Step => ({
  type: `xstate.error.actor.0.container.${states[step]}`,
  error,
});
const allowed = done('gate', { start: true, backOff: undefined });
const failure = { reason: 'CrashLoopBackOff', message: 'wait' };
const refused = done('gate', { start: false, delayMs: 10_000, failure });
const made = done('create', created());
const up = done('start', running());
const ended = (...instances: readonly ContainerInfo[]) =>
  done('stop', { instances, removed: [], wasKilled: true });

const to = {
  idle: [],
  gating: [start],
  backingOff: [start, refused],
  creating: [start, allowed],
  starting: [start, allowed, made],
  running: [start, allowed, made, up],
  stopping: [start, allowed, made, up, stop()],
} satisfies Record<string, readonly Step[]>;

/** The state after the steps, and the names of what the last of them set going. */
function walk(steps: readonly Step[], adopted: readonly ContainerInfo[] = []) {
  let [snapshot, actions] = initialTransition(containerMachine, inputOf(adopted));
  for (const step of steps)
    [snapshot, actions] = transition(containerMachine, snapshot, step as ContainerEvent);
  return { value: snapshot.value, context: snapshot.context, actions: actions.map(({ type }) => type) };
}

describe('an order to start', () => {
  test.each([
    ['idle', 'gating'],
    ['gating', 'gating'],
    ['backingOff', 'backingOff'],
    ['creating', 'creating'],
    ['starting', 'starting'],
    ['running', 'running'],
    ['stopping', 'stopping'],
  ] as const)('in %s leads to %s', (from, target) => {
    expect(walk([...to[from], start]).value).toBe(target);
  });
});

describe('an order to stop', () => {
  test.each([
    ['idle', 'idle'],
    ['gating', 'stopping'],
    ['backingOff', 'stopping'],
    ['creating', 'stopping'],
    ['starting', 'stopping'],
    ['running', 'stopping'],
    ['stopping', 'stopping'],
  ] as const)('in %s leads to %s', (from, target) => {
    expect(walk([...to[from], stop()]).value).toBe(target);
  });

  test('to make everything disappear is carried out for what is dead already, too', () => {
    expect(walk([stop({ discard: true })], [exited()]).value).toBe('stopping');
    expect(walk([stop({ discard: true })]).value).toBe('idle');
  });

  test('ends with what is left, idle', () => {
    const { value, context } = walk([...to.stopping, ended(exited())]);
    expect([value, context.instances]).toEqual(['idle', [exited()]]);
  });

  test('to be replaced goes back to the gate, which judges the instance before', () => {
    const { value, context } = walk([
      ...to.running,
      stop({ restart: true, podTerminating: false }),
      ended(exited()),
    ]);
    expect([value, context.order?.restart]).toEqual(['gating', true]);
  });

  test.each<[string, Partial<StopOrder>, boolean, number]>([
    ['shorter one begins again', { gracePeriodMs: 5000 }, true, 5000],
    ['longer one changes nothing', { gracePeriodMs: 90_000 }, false, 30_000],
    ['equal one changes nothing', {}, false, 30_000],
  ])('a further, %s', (_, changes, begins, gracePeriodMs) => {
    const { value, context, actions } = walk([...to.stopping, stop(changes)]);
    expect(value).toBe('stopping');
    expect(actions.includes('xstate.spawnChild')).toBe(begins);
    expect(context.order).toMatchObject({ gracePeriodMs, skipPreStop: true });
  });

  test('for good is never taken back by an order to restart', () => {
    const { value } = walk([...to.stopping, stop({ restart: true, gracePeriodMs: 1000 }), ended(exited())]);
    expect(value).toBe('idle');
  });

  test('for good overrules one to restart', () => {
    const steps = [
      ...to.running,
      stop({ restart: true, podTerminating: false }),
      stop({ gracePeriodMs: 1000 }),
    ];
    expect(walk([...steps, ended(exited())]).value).toBe('idle');
  });

  test('takes its probes their say, when the pod ends', () => {
    expect(
      walk([...to.running, stop()]).actions.filter((type) => type === 'xstate.sendTo').length,
    ).toBeGreaterThan(2);
  });
});

describe('a step that fails', () => {
  const failed = (info?: ContainerInfo) =>
    new StepFailed({
      failure: { reason: 'ErrImagePull', message: 'no' },
      retryMs: 7000,
      ...(info && { info }),
    });

  test.each(['gate', 'create'] as const)('%s: it waits, says why, and tries again', (step) => {
    const { value, context } = walk([...to[states[step]], broke(step, failed())]);
    expect([value, context.startFailure?.reason, context.retryMs]).toEqual([
      'backingOff',
      'ErrImagePull',
      7000,
    ]);
  });

  test('start, with a dead instance: it is idle, and the crash loop decides', () => {
    const { value, context } = walk([...to.starting, broke('start', failed(exited()))]);
    expect([value, context.instances]).toEqual(['idle', [exited()]]);
  });

  test('start, and the instance never lived: it waits', () => {
    expect(walk([...to.starting, broke('start', failed(created()))]).value).toBe('backingOff');
  });

  test.each([
    ['create', 'CreateContainerError'],
    ['start', 'RunContainerError'],
  ] as const)('%s, by a mistake of ours: shown as %s', (step, reason) => {
    const { value, context } = walk([...to[states[step]], broke(step, new TypeError('x is undefined'))]);
    expect([value, context.startFailure]).toEqual(['backingOff', { reason, message: 'x is undefined' }]);
  });

  test('is forgotten once it runs', () => {
    const steps = [...to.creating, broke('create', failed()), { type: 'container.retry' }, made, up];
    expect(walk(steps)).toMatchObject({ value: 'running', context: { startFailure: undefined } });
  });
});

describe('the wait', () => {
  test.each([
    [{ type: 'container.cancel' }, 'idle', false],
    [{ type: 'container.retry' }, 'creating', true],
    [{ type: 'container.reconsider' }, 'gating', false],
    [{ type: 'xstate.after.retry.container.backingOff' }, 'gating', false],
  ])('is ended by %o: %s', (event, value, insists) => {
    const { context, ...rest } = walk([...to.backingOff, event]);
    expect([rest.value, context.insists]).toEqual([value, insists]);
  });

  test('a person’s insistence lasts for one attempt', () => {
    const again = new StepFailed({ failure, retryMs: 1 });
    expect(
      walk([...to.backingOff, { type: 'container.retry' }, broke('create', again)]).context.insists,
    ).toBe(false);
  });
});

describe('what the runtime says', () => {
  test.each<[string, ContainerInfo, string]>([
    ['that it has ended', exited(), 'idle'],
    ['that nobody knows', instance(web, { state: 'unknown' }), 'idle'],
    ['that it runs', running(), 'running'],
    ['that it was only created, from before', created(), 'running'],
    ['that another one has ended', exited(7), 'running'],
  ])('of a running instance: %s', (_, info, value) => {
    expect(walk([...to.running, observed(info)]).value).toBe(value);
  });

  test('of its end is announced', () => {
    expect(walk([...to.running, observed(exited())]).actions).toContain('announceExit');
  });

  test('of an end before the start has answered wins over the answer', () => {
    const { value, context, actions } = walk([...to.starting, observed(exited(0, 6)), up]);
    expect([value, context.instances[0]?.exitCode]).toEqual(['idle', 6]);
    expect(actions).toContain('announceExit');
  });

  test('of a dead instance that runs is believed: somebody has started it', () => {
    expect(walk([...to.running, observed(exited()), observed(running())]).value).toBe('running');
  });

  test('of an instance found at the start is taken up', () => {
    expect(walk([], [running()]).value).toBe('running');
    expect(walk([], [exited()]).value).toBe('idle');
    expect(walk([], [created()]).value).toBe('idle');
  });

  test('keeps the newest and the one before', () => {
    const next = [start, allowed, done('create', created(1)), done('start', running(1))];
    const third = [start, allowed, done('create', created(2)), done('start', running(2))];
    const { context } = walk([...to.running, observed(exited()), ...next, observed(exited(1)), ...third]);
    expect(context.instances).toEqual([running(2), exited(1)]);
  });
});

describe('what probes say', () => {
  const verdict = (containerID: string): Step => ({
    type: 'probe.verdict-changed',
    probe: 'readiness',
    containerID,
    verdict: 'success',
    message: '',
  });

  test('counts for the instance that they looked at', () => {
    expect(walk([...to.running, verdict('web-0')]).context.verdicts).toEqual({ readiness: 'success' });
    expect(walk([...to.running, verdict('web-7')]).context.verdicts).toEqual({});
  });

  test('is forgotten with the instance', () => {
    const next = [start, allowed, done('create', created(1))];
    expect(walk([...to.running, verdict('web-0'), observed(exited()), ...next]).context.verdicts).toEqual({});
  });

  test('a probe actor that breaks is reported', () => {
    const error: Step = { type: 'xstate.error.actor.liveness', error: new Error('x') };
    expect(walk([...to.running, error]).actions).toContain('announceBreak');
  });
});

describe('every way through the machine', () => {
  /** What may happen next, with answers that fit the state. */
  function events({ value, context }: State): ContainerEvent[] {
    const newest = context.instances[0];
    const attempt = newest?.attempt ?? 0;
    const isOld = newest === undefined || newest.state === 'exited';
    const next = newest === undefined ? 0 : isOld ? attempt + 1 : attempt;
    const left = context.instances.map((info) => ({ ...info, state: 'exited' as const, exitCode: 0 }));
    const answers: Record<string, readonly Step[]> = {
      gating: [allowed, refused],
      creating: [done('create', created(next)), broke('create')],
      starting: [done('start', running(attempt)), done('start', exited(attempt)), broke('start')],
      stopping: [ended(...left), ended()],
      backingOff: [{ type: 'xstate.after.retry.container.backingOff' }],
    };
    const always: readonly Step[] = [
      start,
      stop(),
      stop({ restart: true, podTerminating: false, gracePeriodMs: 1000 }),
      stop({ discard: true, gracePeriodMs: 0 }),
      { type: 'container.cancel' },
      { type: 'container.retry' },
      { type: 'container.reconsider' },
      ...(newest === undefined ? [] : [observed(exited(attempt)), observed(running(attempt))]),
    ];
    return [...always, ...(answers[String(value)] ?? [])] as ContainerEvent[];
  }

  // Attempts are counted without end; two are enough to see all that there is.
  const isFar = ({ context }: State) => (context.instances[0]?.attempt ?? 0) > 1;
  const keyOf = (state: State) =>
    JSON.stringify([
      state.value,
      state.context.instances.map(({ attempt, state: is }) => [attempt, is]),
      state.context.order && [
        state.context.order.restart,
        state.context.order.discard,
        state.context.order.gracePeriodMs,
      ],
      state.context.insists,
      state.context.activity,
    ]);
  const paths = getShortestPaths(containerMachine, {
    input: inputOf(),
    events: (state) => events(state as State),
    serializeState: (state) => keyOf(state as State),
    stopWhen: (state) => isFar(state as State),
    limit: 20_000,
  });
  const reached = paths.map(({ state }) => state as State);

  test('every state can be reached', () => {
    expect([...new Set(reached.map(({ value }) => String(value)))].sort()).toEqual(Object.keys(to).sort());
    expect(reached.length).toBeGreaterThan(100);
  });

  test.each<[string, (value: string, context: ContainerContext) => boolean]>([
    [
      'what is idle does not run',
      (value, { instances }) => value !== 'idle' || instances[0]?.state !== 'running',
    ],
    [
      'what is running runs',
      (value, { instances }) => value !== 'running' || instances[0]?.state === 'running',
    ],
    [
      'nothing is created or started beside a running instance',
      (value, { instances }) =>
        !['creating', 'starting'].includes(value) || instances.every(({ state }) => state !== 'running'),
    ],
    [
      'an older instance never runs',
      (_, { instances }) => instances.slice(1).every(({ state }) => state !== 'running'),
    ],
    [
      'what is being stopped has an order',
      (value, { order: given }) => value !== 'stopping' || given !== undefined,
    ],
    [
      'what waits can say why',
      (value, { startFailure }) => value !== 'backingOff' || startFailure !== undefined,
    ],
    ['at most two instances are remembered', (_, { instances }) => instances.length <= 2],
  ])('%s', (_, holds) => {
    const broken = paths.filter(
      ({ state }) => !holds(String((state as State).value), (state as State).context),
    );
    expect(broken.map(({ steps }) => steps.map(({ event }) => event.type))).toEqual([]);
  });
});
