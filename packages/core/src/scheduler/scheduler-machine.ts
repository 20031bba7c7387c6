/**
 * The actor of the scheduler: when pods are tried, one after the other.
 *
 * Invariants:
 * - a turn tries a bounded number of pods and leaves room for others before the next one;
 * - nothing is tried while its back-off lasts, and something wakes the actor when it ends;
 * - pods that no node takes are tried again after five minutes at the latest, whatever was missed.
 */

import { assign, fromPromise, setup } from 'xstate';

/** What the scheduler has to do and has done. */
export interface SchedulerFigures {
  /** Pods without a node. */
  readonly waiting: number;
  /** Those of them that no node takes as things are. */
  readonly unschedulable: number;
  /** Pods that were given a node so far, with those whose binding is under way. */
  readonly placed: number;
}

export type SchedulerEvent =
  /** There is something to be tried, or there may be. */
  { readonly type: 'queue.changed' };

export type SchedulerLogic = typeof schedulerMachine;

export const schedulerMachine = setup({
  types: {
    context: {} as SchedulerFigures,
    events: {} as SchedulerEvent,
  },
  actors: {
    turn: fromPromise<SchedulerFigures>(() => Promise.reject(new Error('actor "turn" was not provided'))),
  },
  delays: {
    /** Long enough for everybody else of the process to have a turn. */
    breath: 0,
    /** After an error that no pod is to blame for. */
    recovery: 1000,
    /** Kubernetes' interval of the check for pods that were forgotten. */
    safetyNet: 30_000,
    /** Replaced by the wire. */
    untilBackOffEnds: 0,
  },
  guards: {
    hasReady: (_): boolean => {
      throw new Error('guard "hasReady" was not provided');
    },
    hasBackOff: (_): boolean => {
      throw new Error('guard "hasBackOff" was not provided');
    },
  },
  actions: {
    note: assign((_, figures: SchedulerFigures) => figures),
    /** Replaced by the wire. */
    report: (_, _params: { readonly error: unknown }) => {},
    /** Replaced by the wire. */
    wakeStale: (_) => {},
  },
}).createMachine({
  id: 'scheduler',
  context: { waiting: 0, unschedulable: 0, placed: 0 },
  type: 'parallel',
  states: {
    trying: {
      initial: 'resting',
      states: {
        resting: {
          always: [
            { guard: 'hasReady', target: 'turn' },
            { guard: 'hasBackOff', target: 'backingOff' },
          ],
          on: { 'queue.changed': 'turn' },
        },
        turn: {
          invoke: {
            src: 'turn',
            onDone: [
              {
                guard: 'hasReady',
                target: 'breathing',
                actions: { type: 'note', params: ({ event }) => event.output },
              },
              { target: 'resting', actions: { type: 'note', params: ({ event }) => event.output } },
            ],
            onError: { target: 'recovering', actions: { type: 'report', params: ({ event }) => event } },
          },
        },
        breathing: { after: { breath: 'turn' } },
        recovering: { after: { recovery: 'turn' } },
        backingOff: {
          after: { untilBackOffEnds: 'turn' },
          on: { 'queue.changed': 'turn' },
        },
      },
    },
    watching: {
      initial: 'pausing',
      states: {
        pausing: { after: { safetyNet: { target: 'pausing', reenter: true, actions: 'wakeStale' } } },
      },
    },
  },
});
