import { type AnyActorRef, fromPromise } from 'xstate';
import type { Clock, Random } from '../../contract/clock.ts';
import { MooringError } from '../../contract/error.ts';
import { Attempts } from './attempts.ts';
import { attemptInput, type ProbeContext } from './course.ts';
import {
  type AttemptInput,
  type AttemptOutput,
  type AttemptsInput,
  type ProbeLogic,
  probeMachine,
} from './probe-machine.ts';
import type { ProbeRunResult } from './run-probe.ts';
import { nextProbeInMs } from './schedule.ts';

export interface ProbePorts {
  readonly clock: Clock;
  readonly random: Random;
  /**
   * One probe with all its retries; records its events. Should reject with the reason of an abort only: after anything
   * else no verdict changes and the next probe comes a period later.
   */
  attempt(key: AttemptInput, signal: AbortSignal): Promise<ProbeRunResult>;
  /** An attempt rejected though nobody aborted it: a mistake of ours, to be reported. Must not throw. */
  attemptBroke(key: AttemptInput, error: unknown): void;
}

/** The probe machine bound to time and to the probers. Once for each agent: `provide` is expensive, the result is not. */
export function wireProbe(ports: ProbePorts): ProbeLogic {
  const { clock, random } = ports;
  const attempts = new Attempts({
    clock,
    attempt: (key, signal) => ports.attempt(key, signal),
    untilNextProbeMs({ context, probe }) {
      const delayMs = delayOf(probe, context);
      if (delayMs >= 0) return delayMs;
      // What is no time would be no pause, and the next probe would follow at once, for ever.
      const words = `delay "untilNextProbe" of the probe is ${delayMs}, no number of milliseconds: its period counts`;
      ports.attemptBroke(attemptInput(context), new MooringError('INVALID', words));
      return context.input.settings.periodMs;
    },
  });
  return probeMachine.provide({
    actors: {
      attempt: fromPromise<AttemptOutput, AttemptsInput>(({ input, signal }) =>
        attempts.untilNews(input, signal),
      ),
    },
    actions: {
      announceBreak: ({ context }, { error }) => ports.attemptBroke(attemptInput(context), error),
      hurry: ({ self }) => attempts.hurry(self),
    },
    delays: {
      untilNextProbe: ({ context }) =>
        nextProbeInMs(context.schedule, context.input.settings, context.view?.startedAtMs, {
          wallMs: clock.now(),
          monotonicMs: clock.monotonicMs(),
          chance: random.next(),
        }),
    },
  });
}

/** As the actor's own machine has it: who replaces the delay of `scheduled` means all waits between two probes. */
function delayOf(probe: AnyActorRef, context: ProbeContext): number {
  const { implementations } = (probe as unknown as { readonly logic: ProbeLogic }).logic;
  const delay: unknown = implementations.delays.untilNextProbe;
  return typeof delay === 'function' ? Number(delay({ context, event: dueAgain })) : Number(delay);
}

const dueAgain = { type: 'probe.run-now' } as const;
