import { describe, expect, it } from 'vitest';
import { fc } from '../../../../test/support/fast-check.ts';
import { sleep } from '../../src/engine/abortable.ts';
import { createWorkQueue } from '../../src/engine/work-queue.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe('the work queue', () => {
  it('runs a key that was added many times in one turn once', async () => {
    const runs: string[] = [];
    const queue = createWorkQueue({
      clock: new TestClock(),
      concurrency: 1,
      run: async (key) => void runs.push(key),
    });
    for (const key of ['a', 'b', 'a', 'a']) queue.add(key);
    await queue.idle();
    expect(runs).toEqual(['a', 'b']);
  });

  it('looks at a key once more when it was added while it ran', async () => {
    const first = gate();
    let runs = 0;
    const queue = createWorkQueue({
      clock: new TestClock(),
      concurrency: 4,
      run: async () => {
        runs += 1;
        if (runs === 1) await first.opened;
      },
    });
    queue.add('a');
    await Promise.resolve();
    for (let i = 0; i < 5; i += 1) queue.add('a');
    expect(runs).toBe(1);
    first.open();
    await queue.idle();
    expect(runs).toBe(2);
  });

  it('runs at most as many keys at a time as it may', async () => {
    const clock = new TestClock();
    let active = 0;
    let activeMax = 0;
    const queue = createWorkQueue({
      clock,
      concurrency: 3,
      run: async () => {
        active += 1;
        activeMax = Math.max(activeMax, active);
        await sleep(clock, 10);
        active -= 1;
      },
    });
    for (let i = 0; i < 10; i += 1) queue.add(`key-${i}`);
    await clock.advanceBy(1000);
    expect(activeMax).toBe(3);
    expect(queue.size).toBe(0);
  });

  it('tries a failing key again after 5 ms, doubling up to a minute, and forgets it after a success', async () => {
    const clock = new TestClock();
    const at: number[] = [];
    let isBroken = true;
    const queue = createWorkQueue({
      clock,
      concurrency: 1,
      run: async () => {
        at.push(clock.monotonicMs());
        if (isBroken) throw new Error('not yet');
      },
    });
    queue.add('a');
    await clock.advanceBy(300_000);
    const pauses = at.slice(1).map((ms, i) => ms - (at[i] ?? 0));
    expect(pauses.slice(0, 4)).toEqual([5, 10, 20, 40]);
    expect(pauses.at(-1)).toBe(60_000);
    isBroken = false;
    queue.add('a');
    await queue.idle();
    isBroken = true;
    queue.add('a');
    await queue.idle();
    const failedAt = clock.monotonicMs();
    await clock.advanceBy(5);
    expect(at.at(-1)).toBe(failedAt + 5);
  });

  it('gives a key up when it is told to', async () => {
    const clock = new TestClock();
    let runs = 0;
    const queue = createWorkQueue({
      clock,
      concurrency: 1,
      run: async () => {
        runs += 1;
        throw new Error('broken');
      },
      onError: (_key, _error, failures) => failures < 3,
    });
    queue.add('a');
    await clock.advanceBy(3_600_000);
    expect(runs).toBe(3);
    expect(clock.pending).toBe(0);
  });

  it('does not let one failing key hold up the others', async () => {
    const done: string[] = [];
    const queue = createWorkQueue({
      clock: new TestClock(),
      concurrency: 1,
      run: async (key) => {
        if (key === 'poison') throw new Error('poison');
        done.push(key);
      },
    });
    for (const key of ['poison', 'a', 'b']) queue.add(key);
    await queue.idle();
    expect(done).toEqual(['a', 'b']);
  });

  it('runs a delayed key at the earliest of its times', async () => {
    const clock = new TestClock();
    const at: number[] = [];
    const queue = createWorkQueue({
      clock,
      concurrency: 1,
      run: async () => void at.push(clock.monotonicMs()),
    });
    queue.addAfter('a', 500);
    queue.addAfter('a', 100);
    queue.addAfter('a', 900);
    await clock.advanceBy(2000);
    expect(at).toEqual([100]);
  });

  it('forgets a key that is taken out, and does not retry a run of it that fails', async () => {
    const clock = new TestClock();
    const running = gate();
    let runs = 0;
    const queue = createWorkQueue({
      clock,
      concurrency: 1,
      run: async () => {
        runs += 1;
        await running.opened;
        throw new Error('late');
      },
    });
    queue.add('a');
    await Promise.resolve();
    queue.add('a');
    queue.remove('a');
    running.open();
    await clock.advanceBy(60_000);
    expect(runs).toBe(1);
  });

  it('aborts what runs when it is disposed, and takes nothing any more', async () => {
    const clock = new TestClock();
    const runs: string[] = [];
    const queue = createWorkQueue({
      clock,
      concurrency: 1,
      run: async (key, signal) => {
        runs.push(key);
        await sleep(clock, 1_000_000, signal);
      },
    });
    queue.add('a');
    queue.add('b');
    await Promise.resolve();
    await queue[Symbol.asyncDispose]();
    queue.add('c');
    queue.addAfter('d', 1);
    await clock.advanceBy(10);
    expect(runs).toEqual(['a']);
    expect(clock.pending).toBe(0);
  });

  it('loses no key and never runs one twice at a time, whatever the order of adds, failures and durations', async () => {
    const step = fc.record({
      key: fc.constantFrom('a', 'b', 'c'),
      waitMs: fc.integer({ min: 0, max: 40 }),
      runMs: fc.integer({ min: 0, max: 30 }),
      fails: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 25 }),
        fc.integer({ min: 1, max: 3 }),
        async (steps, concurrency) => {
          const clock = new TestClock();
          const wanted = new Map<string, number>();
          const seen = new Map<string, number>();
          const active = new Set<string>();
          let turn = 0;
          const queue = createWorkQueue({
            clock,
            concurrency,
            run: async (key) => {
              if (active.has(key)) throw new Overlap(key);
              active.add(key);
              const now = wanted.get(key) ?? 0;
              const plan = steps[turn++ % steps.length];
              await sleep(clock, plan?.runMs ?? 0);
              active.delete(key);
              // Failures stop after a while, as the property is about what happens in the end.
              if (plan?.fails && turn < 12) throw new Error('failed');
              seen.set(key, now);
            },
            onError: (_key, error) => {
              if (error instanceof Overlap) overlaps += 1;
              return true;
            },
          });
          let overlaps = 0;
          for (const { key, waitMs } of steps) {
            wanted.set(key, (wanted.get(key) ?? 0) + 1);
            queue.add(key);
            await clock.advanceBy(waitMs);
          }
          await clock.advanceBy(3_600_000);
          expect(overlaps).toBe(0);
          expect(seen).toEqual(wanted);
        },
      ),
      { numRuns: 60 },
    );
  });
});

class Overlap extends Error {}
