/** The end of a container: its stop signal, and after the grace period KILL. */

import { type Clock, sleep, type TimerHandle } from '@mooring/core';

export interface TerminationPorts {
  readonly clock: Clock;
  /** Resolves when the engine has sent it; with false when there is nobody left to get it. */
  send(signal: string): Promise<boolean>;
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
  /** Aborted when there is something to look at. */
  private hinted = new AbortController();
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
      this.look();
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
    if (isFirst) this.send(this.stopSignal);
    this.timer = clock.setTimeout(() => this.kill(), gracePeriodMs);
  }

  /** Lets the container live on: the agent goes away. */
  cancel(reason: unknown): void {
    this.fail(reason);
  }

  private kill(): void {
    this.isKilled = true;
    this.send('SIGKILL');
  }

  private send(signal: string): void {
    const heard = (isSent: boolean) => {
      if (!isSent) this.look();
    };
    this.ports.send(signal).then(heard, this.fail);
  }

  /** It ran when this began, and the engine says when it ends: nobody asks before. */
  private async untilGone(): Promise<void> {
    const { clock, isRunning, onExit } = this.ports;
    const forget = onExit(() => this.look());
    try {
      while (!this.over.signal.aborted) {
        await sleep(clock, pollMs, this.hinted.signal).catch(ignoreHint);
        this.hinted = new AbortController();
        if (this.over.signal.aborted || !(await isRunning())) return;
      }
    } finally {
      forget();
    }
  }

  private look(): void {
    this.hinted.abort();
  }
}

/** The engine said that something ended: time to look. */
function ignoreHint(): void {}
