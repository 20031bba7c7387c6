/** The probes of one stretch of time in which nothing changes. */

import type { AnyActorRef } from 'xstate';
import type { Clock } from '../../contract/clock.ts';
import { onAbort } from '../../engine/abortable.ts';
import { settle } from './course.ts';
import type { AttemptInput, AttemptOutput, AttemptsInput } from './probe-machine.ts';
import type { ProbeRunResult } from './run-probe.ts';

export interface AttemptsPorts {
  readonly clock: Clock;
  attempt(key: AttemptInput, signal: AbortSignal): Promise<ProbeRunResult>;
  untilNextProbeMs(input: AttemptsInput): number;
}

export class Attempts {
  private readonly ports: AttemptsPorts;
  /** Ends the wait of a probe for its next attempt. */
  private readonly waits = new WeakMap<AnyActorRef, () => void>();

  constructor(ports: AttemptsPorts) {
    this.ports = ports;
  }

  /** Probes until an answer changes something, and resolves with it. Rejects as the attempt does, or with the reason of the abort. */
  async untilNews(input: AttemptsInput, signal: AbortSignal): Promise<AttemptOutput> {
    const { clock, attempt, untilNextProbeMs } = this.ports;
    const { context, probe, ...key } = input;
    for (let isRequested = false; ; isRequested = await this.wait(untilNextProbeMs(input), probe, signal)) {
      const beganAtMs = clock.monotonicMs();
      const { kind, message, attempts } = await attempt(key, signal);
      const output = { kind, message, attempts, beganAtMs, isRequested };
      if (settle(context, output) !== context) return output;
    }
  }

  /** Nothing happens unless the probe waits. */
  hurry(probe: AnyActorRef): void {
    this.waits.get(probe)?.();
  }

  /** True when somebody could not wait. */
  private wait(ms: number, probe: AnyActorRef, signal: AbortSignal): Promise<boolean> {
    const { clock } = this.ports;
    return new Promise((resolve, reject) => {
      const end = () => {
        clock.clearTimeout(timer);
        forget();
        this.waits.delete(probe);
      };
      const finish = (isRequested: boolean) => {
        end();
        resolve(isRequested);
      };
      const timer = clock.setTimeout(() => finish(false), ms);
      const forget = onAbort(signal, () => {
        end();
        reject(signal.reason);
      });
      this.waits.set(probe, () => finish(true));
    });
  }
}
