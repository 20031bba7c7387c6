/**
 * One life of a process, and its ports to the world. When it dies they go mute: timers do not fire, calls do not come
 * back, nothing that it meant to do next happens. What an engine was told before goes on there. While it is paused, all of
 * that waits.
 */

import type { Clock, TimerHandle } from '@mooring/core';

/** What a process does wrong whatever it is: `no-late-deed`, `no-spin`. */
export type OnTrouble = (law: string, words: string) => void;

/** More than any burst of work; who calls more often at one moment would do so for ever. */
const callsAtOnceMax = 5000;

/** What an event loop takes from one event to the next. */
const turnMs = 0.01;

/** One life of a process of a simulated cluster, from its start to its end. */
export class Life {
  /** `a#2` */
  readonly name: string;
  /** Of the process: `a`. */
  readonly process: string;
  readonly clock: Clock;
  /** What it was told of pods by its watches. */
  readonly told = new Map<string, { readonly isDeleted: boolean; readonly atMs: number }>();
  /** `over`: it has ended by itself and must do nothing any more. */
  private phase: 'alive' | 'dead' | 'over' = 'alive';
  private isPaused = false;
  private held: (() => void)[] = [];
  private isCatchingUp = false;
  private readonly hostClock: Clock;
  private readonly onTrouble: OnTrouble;
  /** Calls at one moment. */
  private calls = 0;
  private callsAtMs = Number.NaN;

  constructor(process: string, count: number, clock: Clock, onTrouble: OnTrouble) {
    this.process = process;
    this.name = `${process}#${count}`;
    this.hostClock = clock;
    this.onTrouble = onTrouble;
    this.clock = {
      now: () => clock.now(),
      monotonicMs: () => clock.monotonicMs(),
      setTimeout: (fn: () => void, delayMs: number): TimerHandle => {
        // One that came due during a pause may still be cleared after it.
        const fire = () => {
          if (this.phase === 'dead' || cleared.delete(handle)) return;
          if (!this.isPaused) return fn();
          waiting.add(handle);
          this.held.push(() => {
            waiting.delete(handle);
            fire();
          });
        };
        const handle = clock.setTimeout(fire, delayMs);
        return handle;
      },
      clearTimeout: (handle) => {
        if (waiting.has(handle)) cleared.add(handle);
        clock.clearTimeout(handle);
      },
    };
    const waiting = new Set<TimerHandle | undefined>();
    const cleared = new Set<TimerHandle | undefined>();
  }

  get isDead(): boolean {
    return this.phase === 'dead';
  }

  get isStill(): boolean {
    return this.isPaused || this.phase !== 'alive';
  }

  /** Killed between two instructions. */
  die(): void {
    this.phase = 'dead';
    this.held = [];
  }

  /** It said that it has ended. */
  end(): void {
    if (this.phase === 'alive') this.phase = 'over';
  }

  /** As by SIGSTOP: the world goes on without it. */
  pause(): void {
    this.isPaused = true;
  }

  /** What was held back comes one after the other, each with all that it leads to before the next. */
  resume(): void {
    this.isPaused = false;
    if (!this.isCatchingUp) this.catchUp();
  }

  /** At once, or as soon as it is not paused any more. */
  whenAwake(act: () => void): void {
    if (this.isPaused) this.held.push(act);
    else act();
  }

  /** Passes a call on as long as the process lives. */
  async pass<T>(what: string, call: () => Promise<T>): Promise<T> {
    if (this.phase === 'over') this.onTrouble('no-late-deed', `${this.name} has ended and calls ${what}`);
    if (this.isSpinning(what)) this.die();
    if (this.waits) await this.running();
    let answer: T;
    try {
      answer = await call();
    } catch (error) {
      if (this.waits) await this.running();
      throw error;
    }
    if (this.waits) await this.running();
    return answer;
  }

  /** Passes a stream on as long as the process lives. */
  async *stream<T>(items: AsyncIterable<T>, before?: (item: T) => Promise<void>): AsyncGenerator<T, void> {
    for await (const item of items) {
      await before?.(item);
      if (this.waits) await this.running();
      yield item;
    }
    if (this.waits) await this.running();
  }

  private catchUp(): void {
    const next = this.isPaused ? undefined : this.held.shift();
    this.isCatchingUp = next !== undefined;
    if (next === undefined) return;
    next();
    this.hostClock.setTimeout(() => this.catchUp(), turnMs);
  }

  private isSpinning(what: string): boolean {
    const nowMs = this.clock.monotonicMs();
    this.calls = nowMs === this.callsAtMs ? this.calls + 1 : 1;
    this.callsAtMs = nowMs;
    if (this.calls !== callsAtOnceMax) return false;
    this.onTrouble(
      'no-spin',
      `${this.name} has made ${this.calls} calls at one moment, the last one of ${what}`,
    );
    return true;
  }

  private get waits(): boolean {
    return this.isPaused || this.isDead;
  }

  /** Resolves when it may go on; never for the dead. */
  private async running(): Promise<void> {
    while (this.isPaused && !this.isDead) await new Promise<void>((resolve) => this.held.push(resolve));
    if (this.isDead) await new Promise<never>(() => {});
  }
}
