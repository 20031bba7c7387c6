/**
 * A virtual clock. `advanceBy` visits each due instant in order and lets promises settle between, so that a loop of 10 s
 * fires three times in 30 s, and work that a timer starts may arm further timers within the same advance.
 */

import type { Clock, TimerHandle } from '../contract/clock.ts';
import { Heap } from '../engine/heap.ts';

interface Timer {
  readonly id: number;
  readonly dueMs: number;
  readonly fn: () => void;
}

function before(a: Timer, b: Timer): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.id < b.id);
}

/** Turns of the macrotask queue that count as "nothing more happens at this instant". */
const settleTurns = 2;

/**
 * A clock that stands still until a test moves it, and visits every moment at which something is due. Starts at the
 * first of January 2026 unless told otherwise.
 */
export class TestClock implements Clock {
  private nowMs: number;
  private readonly startMs: number;
  private nextId = 1;
  private readonly heap = new Heap<Timer>(before);
  private readonly live = new Set<number>();

  /** Starts at the given wall time; by default at 2026-01-01T00:00:00Z. */
  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.nowMs = startMs;
    this.startMs = startMs;
  }

  now(): number {
    return this.nowMs;
  }

  monotonicMs(): number {
    return this.nowMs - this.startMs;
  }

  setTimeout(fn: () => void, delayMs: number): TimerHandle {
    const id = this.nextId++;
    // As Node has it: what is no number is no time.
    const waitMs = delayMs > 0 ? delayMs : 0;
    this.heap.push({ id, dueMs: this.nowMs + waitMs, fn });
    this.live.add(id);
    return id;
  }

  clearTimeout(handle: TimerHandle | undefined): void {
    if (typeof handle === 'number') this.live.delete(handle);
  }

  /** How many timers are armed. */
  get pending(): number {
    return this.live.size;
  }

  /** Moves time forward by `ms`, firing what is due on the way. */
  async advanceBy(ms: number): Promise<void> {
    await this.advanceTo(this.nowMs + ms);
  }

  /** Moves time forward to the wall time `targetMs`. */
  async advanceTo(targetMs: number): Promise<void> {
    await settle();
    for (;;) {
      const dueMs = this.nextDueMs();
      if (dueMs === undefined || dueMs > targetMs) break;
      this.nowMs = Math.max(this.nowMs, dueMs);
      this.fireDue();
      await settle();
    }
    this.nowMs = Math.max(this.nowMs, targetMs);
  }

  /**
   * Moves from one due instant to the next until `condition` holds; false when it does not within `limitMs`.
   * The condition is looked at after everything at an instant has settled.
   */
  async advanceUntil(condition: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean> {
    const endMs = this.nowMs + limitMs;
    await settle();
    for (;;) {
      if (await condition()) return true;
      const dueMs = this.nextDueMs();
      if (dueMs === undefined || dueMs > endMs) break;
      await this.advanceTo(dueMs);
    }
    await this.advanceTo(endMs);
    return await condition();
  }

  private nextDueMs(): number | undefined {
    for (;;) {
      const timer = this.heap.first;
      if (timer === undefined) return undefined;
      if (this.live.has(timer.id)) return timer.dueMs;
      this.heap.pop();
    }
  }

  private fireDue(): void {
    for (let dueMs = this.nextDueMs(); dueMs !== undefined && dueMs <= this.nowMs; dueMs = this.nextDueMs()) {
      const timer = this.heap.pop() as Timer;
      this.live.delete(timer.id);
      timer.fn();
    }
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < settleTurns; turn += 1) {
    // biome-ignore lint/style/noRestrictedGlobals: the virtual clock itself lets real promises settle.
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
