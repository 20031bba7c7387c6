/**
 * The actor that wants to hold a lease: it looks, takes it when it may, and renews it for as long as it lives.
 *
 * Invariants:
 * - `held` is left before the lease can have run out for anybody else, whatever became of the renewals;
 * - a renewal whose outcome is not known changes nothing: what was valid before is valid as long as before;
 * - an answer that says that somebody else holds the lease ends `held` at once.
 */

import { assign, fromPromise, setup } from 'xstate';

export interface LeaseTaken {
  readonly kind: 'taken';
  /** The revision of the write that took it: greater than that of every earlier holder. */
  readonly token: number;
  /** On the monotonic clock. */
  readonly validUntilMs: number;
}

export type LeaseLook = LeaseTaken | { readonly kind: 'foreign'; readonly holder: string };

export type LeaseRenewal =
  | { readonly kind: 'renewed'; readonly validUntilMs: number }
  | { readonly kind: 'lost'; readonly holder: string };

export interface LeaseContext {
  readonly token: number;
  readonly validUntilMs: number;
  /** Who holds it, as far as is known; empty when nobody does. */
  readonly holder: string;
}

export type LeaseLogic = typeof leaseMachine;

export const leaseMachine = setup({
  types: { context: {} as LeaseContext, events: {} as { readonly type: 'lease.look' } },
  actors: {
    look: fromPromise<LeaseLook>(() => Promise.reject(new Error('actor "look" was not provided'))),
    renew: fromPromise<LeaseRenewal>(() => Promise.reject(new Error('actor "renew" was not provided'))),
  },
  delays: {
    untilNextLook: (): number => {
      throw new Error('delay "untilNextLook" was not provided');
    },
    untilRenewal: (): number => {
      throw new Error('delay "untilRenewal" was not provided');
    },
    untilRetry: (): number => {
      throw new Error('delay "untilRetry" was not provided');
    },
    untilInvalid: (): number => {
      throw new Error('delay "untilInvalid" was not provided');
    },
  },
  guards: {
    isTaken: (_, look: LeaseLook) => look.kind === 'taken',
    isRenewed: (_, renewal: LeaseRenewal) => renewal.kind === 'renewed',
  },
  actions: {
    take: assign((_, look: LeaseLook) =>
      look.kind === 'taken' ? { token: look.token, validUntilMs: look.validUntilMs, holder: '' } : {},
    ),
    extend: assign((_, renewal: LeaseRenewal) =>
      renewal.kind === 'renewed' ? { validUntilMs: renewal.validUntilMs } : {},
    ),
    noteHolder: assign((_, seen: LeaseLook | LeaseRenewal) =>
      'holder' in seen ? { holder: seen.holder } : {},
    ),
    /** Replaced by the wire: work that needs the lease begins. */
    begin: (_) => {},
    /** Replaced by the wire: it ends, before anything else happens. */
    end: (_) => {},
    /** Replaced by the wire. */
    report: (_, _params: { readonly error: unknown }) => {},
  },
}).createMachine({
  id: 'lease',
  context: { token: 0, validUntilMs: 0, holder: '' },
  initial: 'looking',
  states: {
    looking: {
      invoke: {
        src: 'look',
        onDone: [
          {
            guard: { type: 'isTaken', params: ({ event }) => event.output },
            target: 'held',
            actions: { type: 'take', params: ({ event }) => event.output },
          },
          { target: 'waiting', actions: { type: 'noteHolder', params: ({ event }) => event.output } },
        ],
        onError: { target: 'waiting', actions: { type: 'report', params: ({ event }) => event } },
      },
    },
    waiting: {
      after: { untilNextLook: 'looking' },
      on: { 'lease.look': 'looking' },
    },
    held: {
      entry: 'begin',
      exit: 'end',
      initial: 'resting',
      states: {
        resting: { after: { untilRenewal: 'renewing', untilInvalid: '#lease.looking' } },
        renewing: {
          after: { untilInvalid: '#lease.looking' },
          invoke: {
            src: 'renew',
            onDone: [
              {
                guard: { type: 'isRenewed', params: ({ event }) => event.output },
                target: 'resting',
                actions: { type: 'extend', params: ({ event }) => event.output },
              },
              {
                target: '#lease.waiting',
                actions: { type: 'noteHolder', params: ({ event }) => event.output },
              },
            ],
            onError: { target: 'retrying', actions: { type: 'report', params: ({ event }) => event } },
          },
        },
        retrying: { after: { untilRetry: 'renewing', untilInvalid: '#lease.looking' } },
      },
    },
  },
});
