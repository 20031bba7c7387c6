/** One container that a healer looks after: each has its own, so that one that is stuck holds up nobody. */

import { type Clock, errorMessage } from '@mooring/core';
import { type BackOffSettings, notBeforeMs, noteRestart, type Restarts } from './restart-back-off.ts';

export interface PatientPorts {
  readonly clock: Clock;
  readonly backOff: BackOffSettings;
  /** Resolves with false when there is no reason any more: it has ended, or is well by its own check. */
  isStillSick(signal: AbortSignal): Promise<boolean>;
  /** Resolves when it runs again. */
  restart(signal: AbortSignal): Promise<void>;
  onRestarted(reason: string, restartCount: number): void;
  onFailed(reason: string, words: string): void;
}

export class Patient {
  private readonly ports: PatientPorts;
  private readonly discharged = new AbortController();
  private restarts: Restarts | undefined;
  private treatment: Promise<void> | undefined;
  private isRestarting = false;
  private stoppedAtMs: number | undefined;

  constructor(ports: PatientPorts) {
    this.ports = ports;
  }

  /**
   * Something is wrong with it; to be called again as long as it is. Nothing is begun twice, and nothing before its time:
   * one that gets well meanwhile is spared.
   */
  noteSick(reason: string): void {
    const { clock, backOff } = this.ports;
    const nowMs = clock.monotonicMs();
    if (this.treatment !== undefined || this.isBeingStopped || this.discharged.signal.aborted) return;
    if (nowMs < notBeforeMs(this.restarts, nowMs, backOff)) return;
    this.treatment = this.treat(reason).finally(() => {
      this.treatment = undefined;
    });
  }

  get isBeingStopped(): boolean {
    return this.stoppedAtMs !== undefined;
  }

  /** A signal to stop reached it. Unless it is ours, somebody wants it to end, and is not to be fought. On the engine's clock. */
  noteStop(atMs: number): void {
    if (!this.isRestarting) this.stoppedAtMs = atMs;
  }

  /** It was started at this time, on the engine's clock. */
  noteStarted(atMs: number): void {
    if (this.stoppedAtMs !== undefined && atMs >= this.stoppedAtMs) this.stoppedAtMs = undefined;
  }

  /** It is gone, or nobody looks after it any more. */
  discharge(): Promise<void> {
    this.discharged.abort();
    return this.treatment ?? Promise.resolve();
  }

  private async treat(reason: string): Promise<void> {
    const { clock, backOff, isStillSick, restart, onRestarted, onFailed } = this.ports;
    const { signal } = this.discharged;
    try {
      if (!(await isStillSick(signal)) || this.isBeingStopped) return;
      this.restarts = noteRestart(this.restarts, clock.monotonicMs(), backOff);
      this.isRestarting = true;
      await restart(signal);
      onRestarted(reason, this.restarts.count);
    } catch (error) {
      if (!signal.aborted) onFailed(reason, errorMessage(error));
    } finally {
      this.isRestarting = false;
    }
  }
}
