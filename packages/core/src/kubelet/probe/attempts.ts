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
  private readonly pauses = new WeakMap<AnyActorRef, Pause>();

  constructor(ports: AttemptsPorts) {
    this.ports = ports;
  }

  /** Probes until an answer changes something, and resolves with it. Rejects as the attempt does, or with the reason of the abort. */
  async untilNews(input: AttemptsInput, signal: AbortSignal): Promise<AttemptOutput> {
    const { clock, attempt, untilNextProbeMs } = this.ports;
    const { context, probe, podUID, container, type, containerID } = input;
    const key: AttemptInput = { podUID, container, type, containerID };
    const pause: Pause = { end: undefined };
    this.pauses.set(probe, pause);
    for (let isRequested = false; ; isRequested = await this.wait(untilNextProbeMs(input), pause, signal)) {
      const beganAtMs = clock.monotonicMs();
      const { kind, message, attempts } = await attempt(key, signal);
      const output = { kind, message, attempts, beganAtMs, isRequested };
      if (settle(context, output) !== context) return output;
    }
  }

  /** Nothing happens unless the probe waits. */
  hurry(probe: AnyActorRef): void {
    this.pauses.get(probe)?.end?.();
  }

  /** True when somebody could not wait. */
  private wait(ms: number, pause: Pause, signal: AbortSignal): Promise<boolean> {
    const { clock } = this.ports;
    return new Promise((resolve, reject) => {
      const end = () => {
        clock.clearTimeout(timer);
        forget();
        pause.end = undefined;
      };
      const timer = clock.setTimeout(() => {
        end();
        resolve(false);
      }, ms);
      const forget = onAbort(signal, () => {
        end();
        reject(signal.reason);
      });
      pause.end = () => {
        end();
        resolve(true);
      };
    });
  }
}

/** Of a probe between two attempts. */
interface Pause {
  /** Absent while an attempt is under way. */
  end: (() => void) | undefined;
}
