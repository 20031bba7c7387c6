/** One thread from its creation to its end, with what it has printed. */

import { Worker } from 'node:worker_threads';
import {
  abortable,
  type Clock,
  type ContainerConfig,
  type ContainerInfo,
  type LogLine,
  MooringError,
  type TimerHandle,
} from '@mooring/core';

/** Lines that are kept; what is printed beyond them is let go. */
const linesMax = 10_000;

export class ThreadContainer {
  readonly config: ContainerConfig;
  /** Replaced at each change, never changed: it has been told to others. */
  info: ContainerInfo;
  readonly lines: LogLine[] = [];
  private readonly clock: Clock;
  private worker: Worker | undefined;
  private ended: Promise<void> = Promise.resolve();
  private isKilled = false;
  private kill: { readonly atMs: number; readonly timer: TimerHandle } | undefined;

  constructor(config: ContainerConfig, clock: Clock) {
    this.config = config;
    this.clock = clock;
    const { name, podUID, containerName, attempt, labels, image, imageRef, sandboxID } = config;
    const from = { name, podUID, containerName, attempt, labels, image, imageRef, sandboxID };
    this.info = { ...from, id: name, state: 'created', createdAtMs: clock.now() };
  }

  /** It has ended before it began; the error is for who wanted to start it. */
  neverStarts(why: string): MooringError {
    const nowMs = this.clock.now();
    const end = { exitCode: 128, reason: 'StartError', message: why };
    this.info = { ...this.info, state: 'exited', startedAtMs: nowMs, finishedAtMs: nowMs, ...end };
    return new MooringError('START_FAILED', `container ${this.config.containerName}: ${why}`);
  }

  start(module: URL, onExit: () => void): void {
    const { args = [], env } = this.config;
    const worker = new Worker(module, {
      argv: [...args],
      env: Object.fromEntries(env.map(({ name, value }) => [name, value])),
      stdout: true,
      stderr: true,
    });
    this.worker = worker;
    this.info = { ...this.info, state: 'running', startedAtMs: this.clock.now() };
    const printed = [this.keepLines('stdout', worker), this.keepLines('stderr', worker)];
    worker.on('error', (error) => this.keep('stderr', String(error)));
    this.ended = new Promise((resolve) => {
      worker.once('exit', async (exitCode) => {
        await Promise.all(printed);
        this.exited(exitCode);
        onExit();
        resolve();
      });
    });
  }

  /** The message `SIGTERM`, and an end to the thread when the grace period is over. A shorter one counts from now. */
  async stop(gracePeriodMs: number, signal: AbortSignal): Promise<void> {
    if (this.worker === undefined || this.info.state !== 'running') return;
    if (gracePeriodMs > 0) this.worker.postMessage('SIGTERM');
    const atMs = this.clock.monotonicMs() + gracePeriodMs;
    if (this.kill === undefined || atMs < this.kill.atMs) {
      this.clock.clearTimeout(this.kill?.timer);
      this.kill = { atMs, timer: this.clock.setTimeout(() => this.end(), gracePeriodMs) };
    }
    await abortable(this.ended, signal);
  }

  private end(): void {
    this.isKilled = true;
    void this.worker?.terminate();
  }

  private exited(exitCode: number): void {
    this.clock.clearTimeout(this.kill?.timer);
    const how = this.isKilled ? { exitCode: 137, signal: 'SIGKILL' } : { exitCode };
    this.info = { ...this.info, state: 'exited', finishedAtMs: this.clock.now(), ...how };
  }

  private async keepLines(stream: 'stdout' | 'stderr', worker: Worker): Promise<void> {
    let rest = '';
    for await (const text of worker[stream].setEncoding('utf8')) {
      const lines = `${rest}${text}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.keep(stream, line);
    }
    if (rest !== '') this.keep(stream, rest);
  }

  private keep(stream: 'stdout' | 'stderr', text: string): void {
    if (this.lines.length < linesMax) this.lines.push({ atMs: this.clock.now(), stream, text });
  }
}
