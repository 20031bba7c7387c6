/**
 * Runs work by key: one run of a key at a time; a key that is added while it runs is marked dirty and looked at once
 * more. Nothing is said about *what* happened to a key: the work looks at the state of the world.
 *
 * Laws: no added key is lost; two runs of one key never overlap; the queue holds each key at most once, so its length
 * is bounded by the number of keys. A run that rejects is tried again after a back-off of its key; adding the key in
 * the meantime runs it at once, because something new is known about it.
 */

import type { Clock, TimerHandle } from '../contract/clock.ts';
import { Fifo } from './fifo.ts';

export interface WorkQueueOptions {
  readonly clock: Clock;
  /** The work. The signal aborts when the queue is disposed. */
  readonly run: (key: string, signal: AbortSignal) => Promise<void>;
  /** Runs at a time, over all keys. */
  readonly concurrency: number;
  /** First pause after a failure; doubles with each further one. 5 ms when not given. */
  readonly backOffMs?: number;
  /** Longest pause. 60 s when not given. */
  readonly backOffMsMax?: number;
  /**
   * Runs begin in a later turn of the event loop, where the clock has one: what added the keys goes on first. For work
   * that nobody waits for.
   */
  readonly isBackground?: boolean;
  /** Hears each failure with the number of failures in a row; `false` gives the key up. Must not throw. */
  readonly onError?: (key: string, error: unknown, failures: number) => boolean | undefined;
}

export interface WorkQueue extends AsyncDisposable {
  /** Runs the key soon; does nothing when it waits already. */
  add(key: string): void;
  /** Runs the key after `delayMs`, or earlier when it is added before. The earliest of several delays counts. */
  addAfter(key: string, delayMs: number): void;
  /** Takes the key out and forgets its failures. A run in progress goes on, but not again. */
  remove(key: string): void;
  /** Keys that wait or run, without those that wait for a later time. */
  readonly size: number;
  /** Resolves when nothing waits or runs; delayed keys do not count. */
  idle(): Promise<void>;
}

interface Delayed {
  readonly dueMs: number;
  readonly timer: TimerHandle;
}

interface Run {
  /** Added again meanwhile. */
  dirty: boolean;
  /** Taken out meanwhile: a failure is not tried again. */
  removed: boolean;
}

export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  return new KeyedWorkQueue(options);
}

class KeyedWorkQueue implements WorkQueue {
  private readonly options: WorkQueueOptions;
  private readonly controller = new AbortController();
  /** In order of arrival. A key that was taken out may linger here; only those in `waiting` count. */
  private readonly order = new Fifo<string>();
  private readonly waiting = new Set<string>();
  private readonly running = new Map<string, Run>();
  private readonly delayed = new Map<string, Delayed>();
  private readonly failures = new Map<string, number>();
  private idleWaiters: (() => void)[] = [];
  private isPumpDue = false;

  constructor(options: WorkQueueOptions) {
    this.options = options;
  }

  get size(): number {
    return this.waiting.size + this.running.size;
  }

  add(key: string): void {
    if (this.controller.signal.aborted) return;
    this.clearDelay(key);
    const run = this.running.get(key);
    if (run !== undefined) {
      run.dirty = true;
      return;
    }
    if (this.waiting.has(key)) return;
    this.waiting.add(key);
    this.order.push(key);
    this.pumpSoon();
  }

  addAfter(key: string, delayMs: number): void {
    if (this.controller.signal.aborted || this.waiting.has(key)) return;
    const { clock } = this.options;
    const dueMs = clock.monotonicMs() + delayMs;
    const current = this.delayed.get(key);
    if (current !== undefined && current.dueMs <= dueMs) return;
    this.clearDelay(key);
    const timer = clock.setTimeout(() => this.add(key), delayMs);
    this.delayed.set(key, { dueMs, timer });
  }

  remove(key: string): void {
    this.clearDelay(key);
    this.waiting.delete(key);
    this.failures.delete(key);
    const run = this.running.get(key);
    if (run !== undefined) {
      run.dirty = false;
      run.removed = true;
    }
    this.wakeIdle();
  }

  idle(): Promise<void> {
    if (this.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.idleWaiters.push(resolve));
  }

  /** Drops what waits, aborts what runs, and waits for it to end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.controller.abort();
    for (const key of [...this.delayed.keys()]) this.clearDelay(key);
    this.waiting.clear();
    this.order.clear();
    await this.idle();
  }

  private clearDelay(key: string): void {
    const delayed = this.delayed.get(key);
    if (delayed === undefined) return;
    this.options.clock.clearTimeout(delayed.timer);
    this.delayed.delete(key);
  }

  /** A microtask later at the earliest, so that a burst of adds in one turn becomes one run for each key. */
  private pumpSoon(): void {
    if (this.isPumpDue) return;
    this.isPumpDue = true;
    const pump = () => {
      this.isPumpDue = false;
      this.pump();
    };
    const { clock, isBackground } = this.options;
    if (isBackground && clock.later !== undefined) clock.later(pump);
    else queueMicrotask(pump);
  }

  private pump(): void {
    while (this.running.size < this.options.concurrency) {
      const key = this.order.shift();
      if (key === undefined) return;
      if (this.waiting.delete(key)) void this.runOnce(key);
    }
  }

  private async runOnce(key: string): Promise<void> {
    const run: Run = { dirty: false, removed: false };
    this.running.set(key, run);
    try {
      await this.options.run(key, this.controller.signal);
      this.failures.delete(key);
    } catch (error) {
      if (!run.removed) this.failed(key, error);
    }
    this.running.delete(key);
    if (run.dirty) this.add(key);
    this.wakeIdle();
    if (this.waiting.size > 0) this.pumpSoon();
  }

  private failed(key: string, error: unknown): void {
    // A run that was aborted by our own disposal did not fail.
    if (this.controller.signal.aborted) return;
    const count = (this.failures.get(key) ?? 0) + 1;
    if (this.options.onError?.(key, error, count) === false) {
      this.failures.delete(key);
      return;
    }
    this.failures.set(key, count);
    const { backOffMs = 5, backOffMsMax = 60_000 } = this.options;
    this.addAfter(key, Math.min(backOffMs * 2 ** Math.min(count - 1, 30), backOffMsMax));
  }

  private wakeIdle(): void {
    if (this.size > 0 || this.idleWaiters.length === 0) return;
    for (const wake of this.idleWaiters.splice(0)) wake();
  }
}
