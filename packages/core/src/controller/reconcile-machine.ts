/**
 * The actor of one object of one controller: looks at it when something may have changed, one look at a time.
 *
 * Invariants:
 * - a change that comes during a look leads to exactly one more look, however many changes there were;
 * - no look begins before the caches have seen everything that earlier looks wrote;
 * - after a look that was costly none begins for a while, whatever changes;
 * - a look that failed is repeated after a back-off, or at once when something changes;
 * - the actor ends when its object is gone and nothing is left to be done about it.
 */

import { assign, fromPromise, setup } from 'xstate';
import type { ReconcileOutcome, ReconcileRequest } from '../contract/controller.ts';

export interface ReconcileInput {
  readonly controller: string;
  readonly request: ReconcileRequest;
}

export interface ReconcileContextData extends ReconcileInput {
  /** Something changed since the look began. */
  readonly isDirty: boolean;
  /** Failures in a row. */
  readonly failures: number;
  /** Until the next look, in `resting`; absent when none is wanted. */
  readonly pauseMs: number | undefined;
  /** Until a look is allowed, in `coolingDown`. */
  readonly restMs: number;
}

export type ReconcileEvent =
  /** Something may have changed; also what a user sends to have it looked at now. */
  | { readonly type: 'object.changed' }
  /** It is this object's turn. */
  | { readonly type: 'turn.given' };

export type ReconcileLogic = typeof reconcileMachine;

export const reconcileMachine = setup({
  types: {
    input: {} as ReconcileInput,
    context: {} as ReconcileContextData,
    events: {} as ReconcileEvent,
  },
  actors: {
    catchUp: fromPromise<void, ReconcileInput>(() =>
      Promise.reject(new Error('actor "catchUp" was not provided')),
    ),
    look: fromPromise<ReconcileOutcome, ReconcileInput>(() =>
      Promise.reject(new Error('actor "look" was not provided')),
    ),
  },
  delays: {
    // A time that is over already is no pause: a look that is never content would follow itself for ever, in no time.
    pause: ({ context }) => Math.max(context.restMs > 0 ? 0 : 1, context.pauseMs ?? 0),
    rest: ({ context }) => context.restMs,
  },
  guards: {
    isCaughtUp: (_): boolean => {
      throw new Error('guard "isCaughtUp" was not provided');
    },
    isOver: (_): boolean => {
      throw new Error('guard "isOver" was not provided');
    },
    isDirty: ({ context }) => context.isDirty,
    wantsAgain: (_, outcome: ReconcileOutcome) => outcome.againAfterMs !== undefined,
    wantsRest: (_, outcome: ReconcileOutcome) => (outcome.restMs ?? 0) > 0,
    hasPause: ({ context }) => context.pauseMs !== undefined,
    /** Replaced by the wire: tries are left. */
    triesAgain: (_): boolean => true,
  },
  actions: {
    /** Replaced by the wire. */
    askForTurn: (_) => {},
    /** Replaced by the wire. */
    report: (_, _params: { readonly error: unknown }) => {},
    begin: assign({ isDirty: false }),
    markDirty: assign({ isDirty: true }),
    succeed: assign({ failures: 0 }),
    restAsWanted: assign({
      pauseMs: (_, outcome: ReconcileOutcome) => outcome.againAfterMs,
      restMs: (_, outcome: ReconcileOutcome) => outcome.restMs ?? 0,
    }),
    fail: assign({ failures: ({ context }) => context.failures + 1 }),
    /** Replaced by the wire, which knows the settings. */
    restAfterFailure: assign({ pauseMs: 0 }),
  },
}).createMachine({
  id: 'reconcile',
  context: ({ input }) => ({ isDirty: false, failures: 0, pauseMs: undefined, restMs: 0, ...input }),
  initial: 'catchingUp',
  states: {
    idle: {
      always: { guard: 'isOver', target: 'ended' },
      on: { 'object.changed': 'catchingUp' },
    },
    catchingUp: {
      always: { guard: 'isCaughtUp', target: 'queued' },
      invoke: {
        src: 'catchUp',
        input: ({ context: { controller, request } }) => ({ controller, request }),
        // Asked once more, for the next caches may be behind in something else.
        onDone: { target: 'catchingUp', reenter: true },
        onError: {
          target: 'resting',
          actions: ['fail', { type: 'report', params: ({ event }) => event }, 'restAfterFailure'],
        },
      },
    },
    queued: {
      entry: 'askForTurn',
      on: { 'turn.given': 'looking' },
    },
    looking: {
      entry: 'begin',
      on: { 'object.changed': { actions: 'markDirty' } },
      invoke: {
        src: 'look',
        input: ({ context: { controller, request } }) => ({ controller, request }),
        onDone: [
          {
            guard: { type: 'wantsRest', params: ({ event }) => event.output },
            target: 'coolingDown',
            actions: ['succeed', { type: 'restAsWanted', params: ({ event }) => event.output }],
          },
          { guard: 'isDirty', target: 'catchingUp', actions: 'succeed' },
          {
            guard: { type: 'wantsAgain', params: ({ event }) => event.output },
            target: 'resting',
            actions: ['succeed', { type: 'restAsWanted', params: ({ event }) => event.output }],
          },
          { target: 'idle', actions: 'succeed' },
        ],
        onError: [
          {
            guard: 'isDirty',
            target: 'catchingUp',
            actions: ['fail', { type: 'report', params: ({ event }) => event }],
          },
          {
            guard: 'triesAgain',
            target: 'resting',
            actions: ['fail', { type: 'report', params: ({ event }) => event }, 'restAfterFailure'],
          },
          { target: 'idle', actions: [{ type: 'report', params: ({ event }) => event }, 'succeed'] },
        ],
      },
    },
    coolingDown: {
      on: { 'object.changed': { actions: 'markDirty' } },
      after: {
        rest: [
          { guard: 'isDirty', target: 'catchingUp' },
          { guard: 'hasPause', target: 'resting' },
          { target: 'idle' },
        ],
      },
    },
    // Also where the object is gone: what failed then, such as tidying up after it, still has to be done.
    resting: {
      after: { pause: 'catchingUp' },
      on: { 'object.changed': 'catchingUp' },
    },
    ended: { type: 'final' },
  },
});
