import { type AnyActorRef, assign, fromPromise } from 'xstate';
import type { ReconcileOutcome } from '../contract/controller.ts';
import {
  type ReconcileContextData,
  type ReconcileInput,
  type ReconcileLogic,
  reconcileMachine,
} from './reconcile-machine.ts';
import type { Turns } from './turns.ts';

export interface ReconcilePorts {
  readonly turns: Turns;
  /** Have the caches seen what was written for this object? */
  isCaughtUp(input: ReconcileInput): boolean;
  /** Resolves when they may have. */
  catchUp(input: ReconcileInput, signal: AbortSignal): Promise<void>;
  /** One look at the object. */
  look(input: ReconcileInput, signal: AbortSignal): Promise<ReconcileOutcome>;
  /** The object is gone, and nothing is left to be done about it. */
  isOver(context: ReconcileContextData): boolean;
  /** After so many failures in a row, is it tried again, be it after a long time? */
  triesAgain(input: ReconcileInput, failures: number): boolean;
  pauseAfterFailureMs(input: ReconcileInput, failures: number): number;
  /** A look failed. Must not throw. */
  report(context: ReconcileContextData, error: unknown): void;
}

/** The machine bound to caches and time. Once for each controller: `provide` is expensive, the result is not. */
export function wireReconcile(ports: ReconcilePorts): ReconcileLogic {
  return reconcileMachine.provide({
    actors: {
      catchUp: fromPromise<void, ReconcileInput>(({ input, signal }) => ports.catchUp(input, signal)),
      look: fromPromise<ReconcileOutcome, ReconcileInput>(async ({ input, signal }) => {
        try {
          return await ports.look(input, signal);
        } finally {
          ports.turns.done();
        }
      }),
    },
    guards: {
      isCaughtUp: ({ context }) => ports.isCaughtUp(context),
      isOver: ({ context }) => ports.isOver(context),
      triesAgain: ({ context }) => ports.triesAgain(context, context.failures + 1),
    },
    actions: {
      askForTurn: ({ self }) => ports.turns.ask(() => giveTurn(self)),
      report: ({ context }, { error }) => ports.report(context, error),
      restAfterFailure: assign({
        pauseMs: ({ context }) => ports.pauseAfterFailureMs(context, context.failures),
      }),
    },
  });
}

/** False when the actor was stopped while it waited. */
function giveTurn(actor: AnyActorRef): boolean {
  if (actor.getSnapshot().status !== 'active') return false;
  actor.send({ type: 'turn.given' });
  return true;
}
