/**
 * One pod on this node, from its first sight to its last trace.
 *
 * Invariants
 * - Level, not edge: each piece of news leads to the same question (`computePodActions`), asked of what is there now.
 * - It goes one way: setting up -> active -> terminating -> cleaning up -> finished or gone. Only the loss of the sandbox
 *   leads from active back to setting up.
 * - A phase that is final was published only after nothing of the pod runs any more.
 * - No I/O and no clock: the invoked actors and announcements are provided by `wire-pod.ts`.
 */

import { assign, fromPromise, setup } from 'xstate';
import type { SandboxInfo } from '../../contract/container-runtime.ts';
import type { ContainerLogic } from '../container/container-context.ts';
import {
  type CleanUpInput,
  cleanUpInput,
  containerInput,
  containersWithoutActor,
  hasEnded,
  hasLife,
  initialContext,
  isAllIdle,
  isDeleted,
  leavesRemains,
  type PodContext,
  type PodEvent,
  type PodInput,
  type PodOutcome,
  planned,
  type SetUpInput,
  setUpInput,
  withActors,
  withGrace,
  withView,
} from './pod-context.ts';
import {
  ordersFor,
  reconsiderOrders,
  sandboxResetOrders,
  terminationOrders,
  viewsAfter,
} from './pod-orders.ts';

const neverProvided = (name: string) => () => Promise.reject(new Error(`actor "${name}" was not provided`));

const podSkeleton = setup({
  types: {} as {
    input: PodInput;
    context: PodContext;
    events: PodEvent;
    children: { [container: string]: 'container' };
  },
  actors: {
    container: fromPromise(neverProvided('container')) as unknown as ContainerLogic,
    setUp: fromPromise<readonly SandboxInfo[], SetUpInput>(neverProvided('setUp')),
    cleanUp: fromPromise<CleanUpInput, CleanUpInput>(neverProvided('cleanUp')),
  },
  guards: {
    isDeleted: ({ context }) => isDeleted(context),
    hasEnded: ({ context }) => hasEnded(context),
    hasEndedDead: ({ context }) => hasEnded(context) && !hasLife(context),
    hasEndedUntidy: ({ context }) => hasEnded(context) && !hasLife(context) && leavesRemains(context),
    livesWithoutSandbox: ({ context }) => context.actions.createSandbox && hasLife(context),
    isEnding: ({ context }) => hasEnded(context) || isDeleted(context),
    killsPod: ({ context }) => context.actions.killPod && !context.actions.createSandbox,
    losesSandbox: ({ context }) => context.actions.createSandbox,
    isAllIdle: ({ context }) => isAllIdle(context),
    wasFinal: (_, params: { readonly output: CleanUpInput }) => params.output.isFinal,
  },
});

const podSetup = podSkeleton.extend({
  actions: {
    /** Replaced by the wire: the status may be another one now. */
    publish: () => {},
    /** Replaced by the wire. */
    announceSandboxChange: () => {},
    /** Replaced by the wire: a container actor broke. */
    announceBreak: (_, _params: { readonly error: unknown }) => {},
    /** One step: what is spawned beside an assignment costs a snapshot of its own. */
    ensureContainers: podSkeleton.assign(({ context, spawn, self }) => {
      const missing = containersWithoutActor(context);
      if (missing.length === 0) return {};
      const next = withActors(context, missing);
      for (const container of missing) {
        const input = { owner: self, ...containerInput(next, container) };
        spawn('container', { id: container.name, input });
      }
      return { hasContainers: true, views: next.views };
    }),
    notePod: assign(({ context }, params: Pick<PodContext, 'pod'>) => ({ ...context, pod: params.pod })),
    reconsider: podSkeleton.enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'pod.sync') return;
      for (const { name, event: told } of reconsiderOrders(context, event.pod)) enqueue.sendTo(name, told);
    }),
    noteRemoval: assign({ isRemoved: true }),
    noteOutcome: assign((_, params: { readonly outcome: PodOutcome }) => ({ outcome: params.outcome })),
    /** News of a container always leads to a new plan. */
    noteView: assign(({ context }, params: Parameters<typeof withView>[1]) =>
      planned(withView(context, params)),
    ),
    noteSandboxes: assign((_, params: { readonly sandboxes: readonly SandboxInfo[] }) => params),
    noteGrace: assign(({ context }, params: { readonly gracePeriodMs?: number }) =>
      withGrace(context, params.gracePeriodMs),
    ),
    noteSetUp: assign(({ context }, params: { readonly sandboxes: readonly SandboxInfo[] }) =>
      planned({ ...context, sandboxes: params.sandboxes }),
    ),
    plan: assign(({ context }) => planned(context)),
    carryOut: podSkeleton.enqueueActions(({ context, enqueue }) => {
      const orders = ordersFor(context);
      if (orders.length === 0) return;
      const views = viewsAfter(orders, context.views);
      if (views !== context.views) enqueue.assign({ views });
      for (const { name, event } of orders) enqueue.sendTo(name, event);
    }),
    terminate: podSkeleton.enqueueActions(({ context, enqueue }) => {
      for (const { name, event } of terminationOrders(context)) enqueue.sendTo(name, event);
    }),
    resetSandbox: podSkeleton.enqueueActions(({ context, enqueue }) => {
      for (const { name, event } of sandboxResetOrders(context)) enqueue.sendTo(name, event);
    }),
  },
});

/** Containers that were added to the pod get their actors. */
const takeIn = {
  actions: [
    {
      type: 'notePod',
      params: ({ event }: { readonly event: Pick<PodContext, 'pod'> }) => event,
    },
    'ensureContainers',
  ],
} as const;

export const podMachine = podSetup.createMachine({
  id: 'pod',
  context: ({ input }) => initialContext(input),
  initial: 'admitting',
  on: {
    'container.reported': {
      actions: [{ type: 'noteView', params: ({ event }) => event.view }, 'publish'],
    },
    'sandbox.observed': { actions: { type: 'noteSandboxes', params: ({ event }) => event } },
    'pod.sync': { actions: { type: 'notePod', params: ({ event }) => event } },
    'pod.removed': { actions: 'noteRemoval' },
    'pod.kill': {
      actions: [
        { type: 'noteOutcome', params: ({ event }) => event },
        { type: 'noteGrace', params: ({ event }) => event },
      ],
    },
    'xstate.error.actor.*': { actions: { type: 'announceBreak', params: ({ event }) => event } },
  },
  states: {
    /** An agent that starts meets pods in every stage of their lives. */
    admitting: {
      always: [
        { guard: 'isDeleted', target: 'terminating' },
        // The last agent did not come to it.
        { guard: 'hasEndedUntidy', target: 'cleaningUp' },
        { guard: 'hasEndedDead', target: 'finished' },
        { guard: 'hasEnded', target: 'terminating' },
        // It has had its run. A new sandbox would make it look as if it had not begun.
        { guard: 'killsPod', target: 'terminating' },
        { guard: 'livesWithoutSandbox', target: 'resettingSandbox' },
        { target: 'settingUp' },
      ],
    },
    /** Volumes and sandbox; tried until they are there. */
    settingUp: {
      entry: ['ensureContainers', 'publish'],
      invoke: {
        src: 'setUp',
        input: ({ context }) => setUpInput(context),
        onDone: {
          target: 'active',
          actions: { type: 'noteSetUp', params: ({ event }) => ({ sandboxes: event.output }) },
        },
      },
      always: { guard: 'isEnding', target: 'terminating' },
      on: { 'pod.sync': takeIn },
    },
    active: {
      entry: ['carryOut', 'publish'],
      always: [
        { guard: 'isEnding', target: 'terminating' },
        { guard: 'killsPod', target: 'terminating' },
        { guard: 'losesSandbox', target: 'resettingSandbox' },
      ],
      on: {
        'container.reported': {
          actions: [{ type: 'noteView', params: ({ event }) => event.view }, 'carryOut', 'publish'],
        },
        'sandbox.observed': {
          actions: [{ type: 'noteSandboxes', params: ({ event }) => event }, 'plan', 'carryOut', 'publish'],
        },
        'pod.sync': {
          actions: [
            'reconsider',
            { type: 'notePod', params: ({ event }) => event },
            'ensureContainers',
            'plan',
            'carryOut',
            'publish',
          ],
        },
      },
    },
    resettingSandbox: {
      entry: ['ensureContainers', 'announceSandboxChange', 'resetSandbox'],
      always: [
        { guard: 'isEnding', target: 'terminating' },
        { guard: 'isAllIdle', target: 'settingUp' },
      ],
      on: { 'pod.sync': takeIn },
    },
    /** Liveness and startup probes are silent from here on; nothing is started any more. */
    terminating: {
      entry: ['ensureContainers', { type: 'noteGrace', params: {} }, 'terminate', 'publish'],
      always: { guard: 'isAllIdle', target: 'cleaningUp' },
      on: {
        'pod.sync': {
          actions: [
            { type: 'notePod', params: ({ event }) => event },
            { type: 'noteGrace', params: {} },
            'terminate',
          ],
        },
      },
    },
    cleaningUp: {
      entry: 'publish',
      invoke: {
        src: 'cleanUp',
        input: ({ context }) => cleanUpInput(context),
        onDone: [
          { guard: { type: 'wasFinal', params: ({ event }) => event }, target: 'gone' },
          { target: 'finished' },
        ],
      },
    },
    /** Succeeded or failed; the dead containers stay for their logs until the object is deleted. */
    finished: {
      entry: 'publish',
      always: { guard: 'isDeleted', target: 'cleaningUp' },
    },
    gone: { type: 'final' },
  },
});
