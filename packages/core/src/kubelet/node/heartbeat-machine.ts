/**
 * A node's signs of life: it registers its object, then renews its lease and reports its status, each in its own time.
 *
 * Invariants:
 * - nothing beats before the object is registered, so that the lease can be owned by it;
 * - at most one write of each kind is in flight;
 * - a lease that could not be renewed is asked for anew after a pause that doubles, until it can;
 * - a status that could not be reported is tried again at the next look: it keeps no lease waiting.
 *
 * Time, the store and what is to be reported are the wire's. Nearly all renewals and looks change nothing: the invoked
 * actors keep those to themselves, for a transition costs more than the write.
 */

import { assign, fromPromise, raise, setup } from 'xstate';

export interface HeartbeatInput {
  readonly nodeName: string;
}

export interface HeartbeatContext extends HeartbeatInput {
  /** Failures in a row of what is being tried: the registration, then the lease. */
  readonly failures: number;
}

export type HeartbeatEvent =
  /** What is to be reported may be something else now. */
  { readonly type: 'status.changed' };

export type HeartbeatLogic = typeof heartbeatMachine;

const neverProvided = (name: string) => () => Promise.reject(new Error(`actor "${name}" was not provided`));

export const heartbeatMachine = setup({
  types: {
    input: {} as HeartbeatInput,
    context: {} as HeartbeatContext,
    events: {} as HeartbeatEvent,
  },
  actors: {
    register: fromPromise<void, HeartbeatInput>(neverProvided('register')),
    /** Once, whatever there is of it in the store. */
    ensureLease: fromPromise<void, HeartbeatInput>(neverProvided('ensureLease')),
    /** Renews it period after period; rejects when it cannot. */
    renewLease: fromPromise<never, HeartbeatInput>(neverProvided('renewLease')),
    /** Looks period after period; resolves when there is something to report. */
    look: fromPromise<void, HeartbeatInput>(neverProvided('look')),
    report: fromPromise<void, HeartbeatInput>(neverProvided('report')),
  },
  guards: {
    /** Replaced by the wire: the stored status differs from what is true, or is old. */
    isReportDue: (_): boolean => {
      throw new Error('guard "isReportDue" was not provided');
    },
  },
  delays: {
    registerPause: (): number => {
      throw new Error('delay "registerPause" was not provided');
    },
    leasePause: (): number => {
      throw new Error('delay "leasePause" was not provided');
    },
  },
  actions: {
    /** Replaced by the wire. */
    announceRegistration: (_) => {},
    /** Replaced by the wire: something was not written. */
    announceFailure: (_, _params: { readonly what: string; readonly error: unknown }) => {},
    noteFailure: assign({ failures: ({ context }) => context.failures + 1 }),
    forgetFailures: assign({ failures: 0 }),
    /** What changed while the node was registered was heard by nobody. */
    lookAgain: raise({ type: 'status.changed' }),
  },
}).createMachine({
  id: 'heartbeat',
  context: ({ input }) => ({ ...input, failures: 0 }),
  initial: 'registering',
  states: {
    registering: {
      invoke: {
        src: 'register',
        input: ({ context }) => ({ nodeName: context.nodeName }),
        onDone: { target: 'beating', actions: ['forgetFailures', 'announceRegistration', 'lookAgain'] },
        onError: {
          target: 'pausing',
          actions: [
            'noteFailure',
            { type: 'announceFailure', params: ({ event }) => ({ what: 'node', error: event.error }) },
          ],
        },
      },
    },
    pausing: { after: { registerPause: 'registering' } },
    beating: {
      type: 'parallel',
      states: {
        lease: {
          initial: 'ensuring',
          states: {
            ensuring: {
              invoke: {
                src: 'ensureLease',
                input: ({ context }) => ({ nodeName: context.nodeName }),
                onDone: { target: 'held', actions: 'forgetFailures' },
                onError: {
                  target: 'lost',
                  actions: [
                    'noteFailure',
                    {
                      type: 'announceFailure',
                      params: ({ event }) => ({ what: 'lease', error: event.error }),
                    },
                  ],
                },
              },
            },
            lost: { after: { leasePause: 'ensuring' } },
            held: {
              invoke: {
                src: 'renewLease',
                input: ({ context }) => ({ nodeName: context.nodeName }),
                onError: {
                  target: 'ensuring',
                  actions: {
                    type: 'announceFailure',
                    params: ({ event }) => ({ what: 'lease', error: event.error }),
                  },
                },
              },
            },
          },
        },
        status: {
          initial: 'resting',
          states: {
            resting: {
              on: { 'status.changed': { guard: 'isReportDue', target: 'reporting' } },
              invoke: {
                src: 'look',
                input: ({ context }) => ({ nodeName: context.nodeName }),
                onDone: 'reporting',
                onError: {
                  target: 'resting',
                  reenter: true,
                  actions: {
                    type: 'announceFailure',
                    params: ({ event }) => ({ what: 'status', error: event.error }),
                  },
                },
              },
            },
            reporting: {
              invoke: {
                src: 'report',
                input: ({ context }) => ({ nodeName: context.nodeName }),
                // What changed during the write is seen here.
                onDone: [{ guard: 'isReportDue', target: 'reporting', reenter: true }, { target: 'resting' }],
                onError: {
                  target: 'resting',
                  actions: {
                    type: 'announceFailure',
                    params: ({ event }) => ({ what: 'status', error: event.error }),
                  },
                },
              },
            },
          },
        },
      },
    },
  },
});
