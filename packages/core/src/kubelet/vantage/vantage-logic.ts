/**
 * The actor of a node that makes probes for other nodes, at `node/<name>/vantage/probes`. It keeps nothing between two
 * questions: thresholds, periods and verdicts are those of the probe actor at the container.
 */

import { type CallbackActorLogic, fromCallback } from 'xstate';
import type { ProbeAnswer } from '../../bus/probe-question.ts';
import { errorMessage } from '../../contract/error.ts';
import type { Asked } from './answer-question.ts';

export interface ProbeAsked {
  readonly type: 'probe.asked';
  readonly asked: Asked;
  /** Takes one answer; must not throw. */
  answer(answer: ProbeAnswer): void;
}

export type VantageLogic = CallbackActorLogic<ProbeAsked>;

/** Attempts at a time; who asks for more makes them itself. */
const attemptsMax = 64;

/** `attempt` rejects with `signal.reason` when the actor is stopped: then nobody is answered. */
export function vantageLogic(
  attempt: (asked: Asked, signal: AbortSignal) => Promise<ProbeAnswer>,
): VantageLogic {
  return fromCallback<ProbeAsked>(({ receive }) => {
    const controller = new AbortController();
    const { signal } = controller;
    let underWay = 0;
    const carryOut = async ({ asked, answer }: ProbeAsked) => {
      try {
        answer(await attempt(asked, signal));
      } catch (error) {
        if (!signal.aborted) answer({ kind: 'error', message: errorMessage(error) });
      } finally {
        underWay -= 1;
      }
    };
    receive((event) => {
      if (underWay >= attemptsMax) {
        event.answer({ kind: 'error', message: `${attemptsMax} other probes are under way there` });
        return;
      }
      underWay += 1;
      void carryOut(event);
    });
    return () => controller.abort();
  });
}
