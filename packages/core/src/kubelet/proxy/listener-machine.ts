/**
 * One address and port of a Service: opened, and again after a pause when that fails.
 *
 * Invariants
 * - The server is open while, and only while, the actor is in `serving`; stopping the actor closes it.
 * - Connections that were accepted are not this actor's: they outlive a server that is closed.
 * - No I/O and no clock: the server and the announcements are provided by `wire-listener.ts`.
 */

import { type ActorRef, assign, fromPromise, type Snapshot, setup } from 'xstate';
import { errorMessage } from '../../contract/error.ts';

export interface ListenerInput {
  /** The actor's address. */
  readonly address: string;
  readonly host: string;
  readonly port: number;
}

export interface ListenerContext extends ListenerInput {
  /** In a row. */
  readonly failures: number;
  /** Why it is not open. */
  readonly problem: string | undefined;
}

export type ListenerEvent =
  /** Connections are accepted from now on. */
  { readonly type: 'listener.opened' };

export interface ServeInput extends ListenerInput {
  readonly owner: ActorRef<Snapshot<unknown>, ListenerEvent>;
}

export type ListenerLogic = typeof listenerMachine;

/** Pause before the first new attempt; doubles with each further failure. */
const retryMs = 1000;
const retryMsMax = 30_000;

export const listenerMachine = setup({
  types: {} as { input: ListenerInput; context: ListenerContext; events: ListenerEvent },
  actors: {
    /** Never resolves; rejects when the address cannot be opened. */
    serve: fromPromise<never, ServeInput>(() => Promise.reject(new Error('actor "serve" was not provided'))),
  },
  delays: {
    retry: ({ context }) => Math.min(retryMs * 2 ** Math.min(context.failures - 1, 30), retryMsMax),
  },
  actions: {
    /** Replaced by the wire; `problem` is still that of the attempt before. */
    announceFailure: (_, _params: { readonly error: unknown }) => {},
    noteFailure: assign({
      failures: ({ context }) => context.failures + 1,
      problem: (_, { error }: { readonly error: unknown }) => errorMessage(error),
    }),
    forgetFailures: assign({ failures: 0, problem: undefined }),
  },
}).createMachine({
  id: 'listener',
  context: ({ input }) => ({ ...input, failures: 0, problem: undefined }),
  initial: 'serving',
  states: {
    serving: {
      initial: 'opening',
      invoke: {
        src: 'serve',
        input: ({ context: { address, host, port }, self }) => ({ address, host, port, owner: self }),
        onError: {
          target: 'waiting',
          actions: [
            { type: 'announceFailure', params: ({ event }) => event },
            { type: 'noteFailure', params: ({ event }) => event },
          ],
        },
      },
      states: {
        opening: { on: { 'listener.opened': 'open' } },
        open: { entry: 'forgetFailures' },
      },
    },
    waiting: { after: { retry: 'serving' } },
  },
});
