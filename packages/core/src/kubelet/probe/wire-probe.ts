import { fromPromise } from 'xstate';
import type { Clock, Random } from '../../contract/clock.ts';
import { attemptInput } from './course.ts';
import { type AttemptInput, type AttemptOutput, type ProbeLogic, probeMachine } from './probe-machine.ts';
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
  return probeMachine.provide({
    actors: {
      attempt: fromPromise<AttemptOutput, AttemptInput>(async ({ input, signal }) => {
        const beganAtMs = clock.monotonicMs();
        const result = await ports.attempt(input, signal);
        return { ...result, beganAtMs };
      }),
    },
    actions: {
      announceBreak: ({ context }, { error }) => ports.attemptBroke(attemptInput(context), error),
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
