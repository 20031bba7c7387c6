/**
 * One life of an agent, and its ports to the world. When it dies they go mute: timers do not fire, calls do not come
 * back, nothing that it meant to do next happens. What an engine was told before goes on there.
 */

import type { Clock, TimerHandle } from '@mooring/core';

export class Life {
  /** `a#2` */
  readonly name: string;
  readonly node: string;
  readonly clock: Clock;
  /** What the agent was told of pods by its watches. */
  readonly told = new Map<string, { readonly isDeleted: boolean; readonly atMs: number }>();
  /** `over`: it has ended by itself and must do nothing any more. */
  private phase: 'alive' | 'dead' | 'over' = 'alive';
  private readonly onDeed: (words: string) => void;

  constructor(node: string, count: number, clock: Clock, onLateDeed: (words: string) => void) {
    this.node = node;
    this.name = `${node}#${count}`;
    this.onDeed = onLateDeed;
    this.clock = {
      now: () => clock.now(),
      monotonicMs: () => clock.monotonicMs(),
      setTimeout: (fn: () => void, delayMs: number): TimerHandle =>
        clock.setTimeout(() => {
          if (this.phase !== 'dead') fn();
        }, delayMs),
      clearTimeout: (handle) => clock.clearTimeout(handle),
    };
  }

  get isDead(): boolean {
    return this.phase === 'dead';
  }

  /** Killed between two instructions. */
  die(): void {
    this.phase = 'dead';
  }

  /** It said that it has ended. */
  end(): void {
    if (this.phase === 'alive') this.phase = 'over';
  }

  /** Passes a call on as long as the agent lives. */
  async pass<T>(what: string, call: () => Promise<T>): Promise<T> {
    if (this.phase === 'over') this.onDeed(`${this.name} has ended and calls ${what}`);
    if (this.isDead) return await never();
    let answer: T;
    try {
      answer = await call();
    } catch (error) {
      if (this.isDead) return await never();
      throw error;
    }
    return this.isDead ? await never() : answer;
  }

  /** Passes a stream on as long as the agent lives. */
  async *stream<T>(items: AsyncIterable<T>, before?: (item: T) => Promise<void>): AsyncGenerator<T, void> {
    for await (const item of items) {
      await before?.(item);
      if (this.isDead) await never();
      yield item;
    }
    if (this.isDead) await never();
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}
