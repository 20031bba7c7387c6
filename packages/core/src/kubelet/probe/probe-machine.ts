/**
 * The probe actor: one for each pod, container and probe type; a child of the container's actor.
 *
 * Invariants:
 * - at most one attempt is in flight, and it is aborted as soon as nobody wants its answer;
 * - no timer runs while there is nothing to probe: not running, not started, on hold, retired;
 * - the owner hears of a verdict only when it is new for the container ID, or different;
 * - an attempt that could not be made changes no verdict.
 *
 * Time is the wire's: the delay `untilNextProbe` and the attempt's `beganAtMs` come from there.
 *
 * Nearly all answers change nothing. The invoked actor keeps those to itself and goes on with the next attempt when it is
 * due: a transition for each cost more than the probe.
 */

import {
  type ActorRef,
  type AnyActorRef,
  assign,
  enqueueActions,
  fromPromise,
  type Snapshot,
  setup,
} from 'xstate';
import {
  attemptInput,
  contextOf,
  courseAfter,
  learn,
  type News,
  type ProbeContext,
  settle,
  verdictNews,
} from './course.ts';
import type { ProbeRunResult } from './run-probe.ts';
import type { ProbeKey, ProbeType, ProbeVerdict } from './settings.ts';
import type { WorkerRules, WorkerView } from './worker.ts';

/** A fact for the owner: the recorded result of this container ID. */
export interface ProbeVerdictChanged {
  readonly type: 'probe.verdict-changed';
  readonly probe: ProbeType;
  readonly containerID: string;
  readonly verdict: ProbeVerdict;
  /** The answer that decided it; empty for a value before any probe. */
  readonly message: string;
}

/** What the owner knows of the container; sent whenever any of it changes. */
export interface ContainerChanged extends Omit<WorkerView, 'podPhaseIsFinal' | 'podIsTerminating'> {
  readonly type: 'container.changed';
}

/** Liveness and startup probes of app containers retire; readiness and sidecars' probes go on until the container stops. */
export interface PodTerminating {
  readonly type: 'pod.terminating';
}

/** Probe at once, and count the period from there. Nothing happens while there is nothing to probe. */
export interface ProbeRunNow {
  readonly type: 'probe.run-now';
}

export type ProbeEvent = ContainerChanged | PodTerminating | ProbeRunNow;

export interface ProbeInput extends ProbeKey, WorkerRules {
  readonly type: ProbeType;
  readonly owner: ActorRef<Snapshot<unknown>, ProbeVerdictChanged>;
  readonly isSidecar?: boolean;
  /**
   * The first probe of the first container comes no sooner than this: containers adopted by a restarted agent are not to
   * be probed all at once. `random` is drawn from 0 to the period.
   */
  readonly firstDelayMs?: number | 'random';
}

export interface AttemptInput extends ProbeKey {
  readonly containerID: string;
}

export interface AttemptsInput extends AttemptInput {
  /** Stays true as long as no answer comes of it. */
  readonly context: ProbeContext;
  readonly probe: AnyActorRef;
}

export interface AttemptOutput extends ProbeRunResult {
  /** On the monotonic clock. */
  readonly beganAtMs: number;
  /** Somebody asked for it: the period counts from here. */
  readonly isRequested?: boolean;
}

/** The actor of a probe: this machine, with whatever was provided to it. */
export type ProbeLogic = typeof probeMachine;

export const probeMachine = setup({
  types: {
    input: {} as ProbeInput,
    context: {} as ProbeContext,
    events: {} as ProbeEvent,
  },
  actors: {
    attempt: fromPromise<AttemptOutput, AttemptsInput>(() =>
      Promise.reject(new Error('actor "attempt" was not provided')),
    ),
  },
  delays: {
    untilNextProbe: (): number => {
      throw new Error('delay "untilNextProbe" was not provided');
    },
  },
  guards: {
    retires: ({ context }, news: News) => courseAfter(context, news) === 'retire',
    rests: ({ context }, news: News) => courseAfter(context, news) === 'rest',
    goesOn: ({ context }, news: News) => courseAfter(context, news) === 'go-on',
    changesNothing: ({ context }, output: AttemptOutput) => settle(context, output) === context,
    isFinal: ({ context }, output: AttemptOutput) => settle(context, output).worker.onHold,
  },
  actions: {
    learn: enqueueActions(({ context, enqueue }, news: News) => {
      const next = learn(context, news);
      enqueue.assign(next);
      const told = verdictNews(context, next, '');
      if (told !== undefined) enqueue.sendTo(context.input.owner, told);
    }),
    settle: enqueueActions(({ context, enqueue }, output: AttemptOutput) => {
      const next = settle(context, output);
      enqueue.assign(next);
      const told = verdictNews(context, next, output.message);
      if (told !== undefined) enqueue.sendTo(context.input.owner, told);
    }),
    /** Replaced by the wire: the wait for the next attempt ends; nothing happens while one is in flight. */
    hurry: (_) => {},
    countFromNow: assign({ schedule: { from: 'request' } }),
    /** Replaced by the wire. */
    announceBreak: (_, _params: { readonly error: unknown }) => {},
    countFromBreakdown: assign({ schedule: { from: 'breakdown' } }),
  },
}).createMachine({
  id: 'probe',
  context: ({ input }) => contextOf(input),
  initial: 'idle',
  states: {
    idle: {},
    scheduled: {
      after: { untilNextProbe: 'probing' },
      on: { 'probe.run-now': { target: 'scheduled', reenter: true, actions: 'countFromNow' } },
    },
    /** Attempt after attempt, until an answer changes something. */
    probing: {
      on: { 'probe.run-now': { actions: 'hurry' } },
      invoke: {
        src: 'attempt',
        input: ({ context, self }) => ({ context, probe: self, ...attemptInput(context) }),
        onDone: [
          { guard: { type: 'changesNothing', params: ({ event }) => event.output }, target: 'scheduled' },
          {
            guard: { type: 'isFinal', params: ({ event }) => event.output },
            target: 'idle',
            actions: { type: 'settle', params: ({ event }) => event.output },
          },
          { target: 'scheduled', actions: { type: 'settle', params: ({ event }) => event.output } },
        ],
        // A breakdown of our own says nothing about the container.
        onError: {
          target: 'scheduled',
          actions: ['countFromBreakdown', { type: 'announceBreak', params: ({ event }) => event }],
        },
      },
    },
    retired: {},
  },
  on: {
    'container.changed': [
      {
        guard: { type: 'retires', params: ({ event }) => event },
        target: '.retired',
        actions: { type: 'learn', params: ({ event }) => event },
      },
      {
        guard: { type: 'rests', params: ({ event }) => event },
        target: '.idle',
        actions: { type: 'learn', params: ({ event }) => event },
      },
      {
        guard: { type: 'goesOn', params: ({ event }) => event },
        actions: { type: 'learn', params: ({ event }) => event },
      },
      { target: '.scheduled', actions: { type: 'learn', params: ({ event }) => event } },
    ],
    'pod.terminating': [
      {
        guard: { type: 'retires', params: ({ event }) => event },
        target: '.retired',
        actions: { type: 'learn', params: ({ event }) => event },
      },
      { actions: { type: 'learn', params: ({ event }) => event } },
    ],
  },
});
