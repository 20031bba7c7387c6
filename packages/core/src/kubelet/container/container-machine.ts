/**
 * One container of one pod: the life of its successive instances.
 *
 * Invariants
 * - At most one instance runs; the next one is created only after the last one is known to be dead.
 * - Whether it should run is the pod's decision (`container.start`, `container.stop`); when it may start again is decided
 *   here, by the back-off gate. Nothing starts again without passing the gate, unless a person asks for it.
 * - Probe children live as long as this actor; what they say counts only for the instance they looked at.
 * - No I/O and no clock: the invoked actors and the announcements are provided by `wire-container.ts`.
 */

import {
  assign,
  type DoneActorEvent,
  type ErrorActorEvent,
  enqueueActions,
  fromPromise,
  setup,
} from 'xstate';
import type { ContainerInfo } from '../../contract/container-runtime.ts';
import type { ProbeLogic, ProbeVerdictChanged } from '../probe/probe-machine.ts';
import {
  type ContainerContext,
  type ContainerEvent,
  type ContainerInput,
  type GateInput,
  type GateOutput,
  gateInput,
  initialContext,
  isFirstVerdict,
  isTakenForGranted,
  latestOf,
  probeNotice,
  retryMsOf,
  type StepFailure,
  type StepInput,
  type StopInput,
  type StopOutput,
  saysTheSame,
  stepFailureOf,
  stepInput,
  stopInput,
  viewOf,
  withFailure,
  withGate,
  withInstance,
  withStarted,
  withStopped,
  withVerdict,
} from './container-context.ts';
import { type ContainerActivity, isRunning, mergedOrder, type StopOrder } from './container-view.ts';

interface StartDone {
  readonly context: ContainerContext;
  readonly event: DoneActorEvent<ContainerInfo>;
}
type ObservedEvent = Extract<ContainerEvent, { type: 'container.observed' }>;
type StopEvent = Extract<ContainerEvent, { type: 'container.stop' }>;

const neverProvided = (name: string) => () => Promise.reject(new Error(`actor "${name}" was not provided`));

const containerSetup = setup({
  types: {} as {
    input: ContainerInput;
    context: ContainerContext;
    events: ContainerEvent;
    children: { liveness: 'probe'; readiness: 'probe'; startup: 'probe' };
  },
  actors: {
    probe: fromPromise(neverProvided('probe')) as unknown as ProbeLogic,
    gate: fromPromise<GateOutput, GateInput>(neverProvided('gate')),
    create: fromPromise<ContainerInfo, StepInput>(neverProvided('create')),
    start: fromPromise<ContainerInfo, StepInput>(neverProvided('start')),
    stop: fromPromise<StopOutput, StopInput>(neverProvided('stop')),
  },
  actions: {
    /** Replaced by the wire: an instance ended. */
    announceExit: (_, _params: { readonly info: ContainerInfo }) => {},
    /** Replaced by the wire: a step failed, and may not have told so itself. */
    announceFailure: (_, _params: { readonly error: unknown }) => {},
    /** Replaced by the wire: a probe actor broke. */
    announceBreak: (_, _params: { readonly error: unknown }) => {},
    noteGate: assign((_, params: { readonly output: GateOutput }) => withGate(params.output)),
    noteFailure: assign(({ context }, params: StepFailure) => withFailure(context, params)),
    noteInstance: assign(({ context }, params: { readonly info: ContainerInfo }) =>
      withInstance(context, params.info),
    ),
    noteStarted: assign(({ context }, params: { readonly info: ContainerInfo }) =>
      withStarted(context, params.info),
    ),
    noteStopped: assign(({ context }, params: StopOutput) => withStopped(context, params)),
    noteVerdict: assign(({ context }, params: ProbeVerdictChanged) => withVerdict(context, params)),
    noteOrder: assign(({ context }, params: { readonly order: StopOrder }) => ({
      order: context.activity === 'stopping' ? mergedOrder(context.order, params.order) : params.order,
    })),
    forgetFailure: assign({ startFailure: undefined }),
    insist: assign({ insists: true }),
    /** The first run of a container brings its probes to life; they stay for all later instances. */
    ensureProbes: enqueueActions(({ context, enqueue, self }) => {
      if (context.hasProbes || context.input.probes.length === 0) return;
      enqueue.assign({ hasProbes: true });
      for (const probe of context.input.probes) {
        enqueue.spawnChild('probe', { id: probe.type, input: { owner: self, ...probe } });
      }
    }),
    retireProbes: enqueueActions(({ context, enqueue }, params: { readonly order: StopOrder }) => {
      if (!params.order.podTerminating || !context.hasProbes) return;
      for (const { type } of context.input.probes) enqueue.sendTo(type, { type: 'pod.terminating' });
    }),
    pokeReadiness: enqueueActions(({ context, enqueue }) => {
      const hasReadiness = context.input.probes.some(({ type }) => type === 'readiness');
      if (hasReadiness && context.hasProbes) enqueue.sendTo('readiness', { type: 'probe.run-now' });
    }),
    /** Tells the pod and the probes what this container is now. */
    report: enqueueActions(({ context, enqueue }, params: { readonly activity: ContainerActivity }) => {
      const { activity } = params;
      if (isTakenForGranted(context, activity)) {
        if (activity !== context.activity) enqueue.assign({ activity });
        return;
      }
      const { hasProbes, notice: lastNotice } = context;
      const notice = hasProbes ? probeNotice(context) : lastNotice;
      if (activity !== context.activity || notice !== lastNotice) enqueue.assign({ activity, notice });
      if (notice !== undefined && !saysTheSame(lastNotice, notice))
        for (const { type } of context.input.probes) enqueue.sendTo(type, notice);
      const view = viewOf(context, activity);
      enqueue.sendTo(context.input.owner, { type: 'container.reported', view });
    }),
  },
  delays: { retry: ({ context }) => retryMsOf(context) },
  guards: {
    hasRunning: ({ context }) => isRunning(context),
    /** Replaced by the wire: there is nothing that the gate could hold against a start. */
    startsAtOnce: (_) => false,
    runsNow: (_, params: { readonly info: ContainerInfo }) => params.info.state === 'running',
    isNewest: ({ context }, params: { readonly info: ContainerInfo }) =>
      params.info.id === context.instances[0]?.id,
    /** A look that is older than the start says nothing. */
    isOver: ({ context }, params: { readonly info: ContainerInfo }) =>
      params.info.id === context.instances[0]?.id && ['exited', 'unknown'].includes(params.info.state),
    hasDied: ({ context }, params: StepFailure) =>
      [params.info, context.instances[0]].some((info) => info?.state === 'exited'),
    isFirstVerdict: ({ context }, params: ProbeVerdictChanged) => isFirstVerdict(context, params),
    restarts: ({ context }, params: { readonly output: StopOutput }) =>
      context.order?.restart === true && params.output.wasKilled,
    isShorter: ({ context }, params: { readonly order: StopOrder }) =>
      params.order.gracePeriodMs < (context.order?.gracePeriodMs ?? Number.POSITIVE_INFINITY),
    leavesRemains: ({ context }, params: { readonly order: StopOrder }) =>
      params.order.discard && context.instances.length > 0,
    mayStart: (_, params: { readonly output: GateOutput }) => params.output.start,
  },
});

/** A step that failed before there was an instance: shown as the reason to wait, and tried again. */
const backOff = {
  target: 'backingOff',
  actions: [
    {
      type: 'noteFailure',
      params: ({ event }: { readonly event: ErrorActorEvent }) => stepFailureOf(event.error),
    },
    { type: 'announceFailure', params: ({ event }: { readonly event: ErrorActorEvent }) => event },
  ],
} as const;

/** What is known of the instance once the start call has answered: its end may have been seen before. */
const asSeen = ({ context, event }: StartDone) => ({ info: latestOf(context, event.output) });
const startFailure = ({ event }: { readonly event: ErrorActorEvent }) =>
  stepFailureOf(event.error, 'RunContainerError');

const noteStarted = { type: 'noteStarted', params: asSeen } as const;
const noteStartFailure = { type: 'noteFailure', params: startFailure } as const;

const observed = ({ event }: { readonly event: ObservedEvent }) => event;
const isOver = { type: 'isOver', params: observed } as const;
const noteObserved = { type: 'noteInstance', params: observed } as const;

const verdict = ({ event }: { readonly event: ProbeVerdictChanged }) => event;
const noteVerdict = { type: 'noteVerdict', params: verdict } as const;

const stepOf = ({ context }: { readonly context: ContainerContext }) => stepInput(context);
const ofEvent = ({ event }: { readonly event: StopEvent }) => event;
const noteOrder = { type: 'noteOrder', params: ofEvent } as const;
const retireProbes = { type: 'retireProbes', params: ofEvent } as const;

export const containerMachine = containerSetup.createMachine({
  id: 'container',
  context: ({ input }) => initialContext(input),
  initial: 'idle',
  on: {
    'container.stop': { target: '.stopping', actions: [noteOrder, retireProbes] },
    'probe.run-now': { actions: 'pokeReadiness' },
    'probe.verdict-changed': [
      { guard: { type: 'isFirstVerdict', params: verdict }, actions: noteVerdict },
      {
        actions: [noteVerdict, { type: 'report', params: ({ context }) => ({ activity: context.activity }) }],
      },
    ],
    'xstate.error.actor.*': { actions: { type: 'announceBreak', params: ({ event }) => event } },
  },
  states: {
    /** No instance runs and none is wanted. */
    idle: {
      // An adopted instance runs already. One word to the contrary, and its pod would be cleaned up around it.
      entry: {
        type: 'report',
        params: ({ context }) => ({ activity: isRunning(context) ? 'running' : 'idle' }),
      },
      always: { guard: 'hasRunning', target: 'running' },
      on: {
        'container.start': [{ guard: 'startsAtOnce', target: 'creating' }, 'gating'],
        'container.stop': [
          { guard: { type: 'leavesRemains', params: ofEvent }, target: 'stopping', actions: noteOrder },
          { actions: retireProbes },
        ],
        // The runtime is the truth: it may know more of a dead instance, or somebody started one by hand.
        'container.observed': {
          guard: { type: 'isNewest', params: observed },
          target: 'idle',
          reenter: true,
          actions: noteObserved,
        },
      },
    },
    /** Asks the back-off whether it may start now. */
    gating: {
      invoke: {
        src: 'gate',
        input: ({ context }) => gateInput(context),
        onDone: [
          {
            guard: { type: 'mayStart', params: ({ event }) => event },
            target: 'creating',
            actions: { type: 'noteGate', params: ({ event }) => event },
          },
          { target: 'backingOff', actions: { type: 'noteGate', params: ({ event }) => event } },
        ],
        onError: backOff,
      },
    },
    backingOff: {
      entry: { type: 'report', params: { activity: 'backingOff' } },
      after: { retry: 'gating' },
      on: {
        'container.cancel': { target: 'idle', actions: 'forgetFailure' },
        'container.retry': { target: 'creating', actions: 'insist' },
        'container.reconsider': 'gating',
      },
    },
    /** Image and create call: one step, as nothing is decided between them. */
    creating: {
      entry: { type: 'report', params: { activity: 'starting' } },
      invoke: {
        src: 'create',
        input: stepOf,
        onDone: {
          target: 'starting',
          actions: { type: 'noteInstance', params: ({ event }) => ({ info: event.output }) },
        },
        onError: backOff,
      },
    },
    /** The start call and the postStart hook; until both are done the container does not count as running. */
    starting: {
      invoke: {
        src: 'start',
        input: stepOf,
        onDone: [
          {
            guard: { type: 'runsNow', params: asSeen },
            target: 'running',
            actions: noteStarted,
          },
          {
            target: 'idle',
            actions: [noteStarted, { type: 'announceExit', params: asSeen }],
          },
        ],
        // What has died waits as the crash loop says; what never came to life waits for the next attempt.
        onError: [
          { guard: { type: 'hasDied', params: startFailure }, target: 'idle', actions: noteStartFailure },
          { target: 'backingOff', actions: noteStartFailure },
        ],
      },
      on: {
        // The end may be seen before the start call has answered, and is told once only.
        'container.observed': { guard: isOver, actions: noteObserved },
      },
    },
    running: {
      entry: ['ensureProbes', { type: 'report', params: { activity: 'running' } }],
      on: {
        'container.observed': {
          guard: isOver,
          target: 'idle',
          actions: [noteObserved, { type: 'announceExit', params: observed }],
        },
      },
    },
    /** Hook, signal, grace period, kill. Readiness is probed until it is dead. */
    stopping: {
      entry: { type: 'report', params: { activity: 'stopping' } },
      invoke: {
        src: 'stop',
        input: ({ context }) => stopInput(context),
        onDone: [
          {
            guard: { type: 'restarts', params: ({ event }) => event },
            target: 'gating',
            actions: { type: 'noteStopped', params: ({ event }) => event.output },
          },
          { target: 'idle', actions: { type: 'noteStopped', params: ({ event }) => event.output } },
        ],
      },
      on: {
        // A further order joins the one that is carried out; only a shorter grace period makes it begin again.
        'container.stop': [
          {
            guard: { type: 'isShorter', params: ofEvent },
            target: 'stopping',
            reenter: true,
            actions: [noteOrder, retireProbes],
          },
          { actions: [noteOrder, retireProbes] },
        ],
      },
    },
  },
});
