/** The end of a container: its stop signal, and after the grace period KILL. */

import { type Clock, sleep, type TimerHandle } from '@mooring/core';

export interface TerminationPorts {
  readonly clock: Clock;
  /** Resolves when the engine has sent it, or there is nobody left to get it. */
  send(signal: string): Promise<void>;
  isRunning(): Promise<boolean>;
  /** Calls `fn` when the engine says that the container has ended; gives back how to stop listening. */
  onExit(fn: () => void): () => void;
}

/** How often the engine is asked in case it did not say. */
const pollMs = 1_000;

export class Termination {
  /** Resolves when the container does not run any more; rejects when the engine does not answer. */
  readonly done: Promise<void>;
  private readonly ports: TerminationPorts;
  private readonly stopSignal: string;
  private readonly over = new AbortController();
  private killAtMs = Number.POSITIVE_INFINITY;
  private timer: TimerHandle | undefined;
  private isKilled = false;
  private fail: (error: unknown) => void = () => {};

  constructor(ports: TerminationPorts, stopSignal: string) {
    this.ports = ports;
    this.stopSignal = stopSignal;
    const failed = new Promise<never>((_, reject) => {
      this.fail = reject;
    });
    this.done = Promise.race([this.untilGone(), failed]).finally(() => {
      ports.clock.clearTimeout(this.timer);
      this.over.abort();
    });
    // Whoever stops the container waits for `done`; nobody may be left to.
    this.done.catch(() => undefined);
  }

  /** Sends the stop signal once, and kills after the grace period unless an earlier call asked for less. */
  within(gracePeriodMs: number): void {
    const { clock } = this.ports;
    const killAtMs = clock.monotonicMs() + gracePeriodMs;
    if (killAtMs >= this.killAtMs || this.isKilled) return;
    const isFirst = this.killAtMs === Number.POSITIVE_INFINITY;
    this.killAtMs = killAtMs;
    clock.clearTimeout(this.timer);
    if (gracePeriodMs <= 0) {
      this.kill();
      return;
    }
    if (isFirst) this.ports.send(this.stopSignal).catch(this.fail);
    this.timer = clock.setTimeout(() => this.kill(), gracePeriodMs);
  }

  /** Lets the container live on: the agent goes away. */
  cancel(reason: unknown): void {
    this.fail(reason);
  }

  private kill(): void {
    this.isKilled = true;
    this.ports.send('SIGKILL').catch(this.fail);
  }

  private async untilGone(): Promise<void> {
    const { clock, isRunning, onExit } = this.ports;
    while (!this.over.signal.aborted) {
      const look = new AbortController();
      const forget = onExit(() => look.abort());
      try {
        if (!(await isRunning())) return;
        await sleep(clock, pollMs, look.signal).catch(ignoreHint);
      } finally {
        forget();
      }
    }
  }
}

/** The engine said that something ended: time to look. */
function ignoreHint(): void {}
