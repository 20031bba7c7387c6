import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/contract/clock.ts';
import { PodDeadlines } from '../../src/kubelet/pod-deadlines.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

const dayMs = 24 * 3_600_000;

/** As Node: no timer takes longer than 2^31 - 1 ms. */
function cappedClock(clock: TestClock): Clock {
  return {
    now: () => clock.now(),
    monotonicMs: () => clock.monotonicMs(),
    setTimeout: (fn, delayMs) => clock.setTimeout(fn, Math.min(delayMs, 2 ** 31 - 1)),
    clearTimeout: (handle) => clock.clearTimeout(handle),
  };
}

describe('the deadline of a pod', () => {
  it('is kept to the day, however far it is', async () => {
    const clock = new TestClock();
    const expired: string[] = [];
    const deadlines = new PodDeadlines(cappedClock(clock), (podUID) => expired.push(podUID));
    deadlines.set('far', 60 * dayMs);
    deadlines.set('near', 2 * dayMs);
    await clock.advanceBy(2 * dayMs);
    expect(expired).toEqual(['near']);
    await clock.advanceBy(58 * dayMs - 1);
    expect(expired).toEqual(['near']);
    await clock.advanceBy(1);
    expect(expired).toEqual(['near', 'far']);
  });

  it('can be taken back after its timer has been wound up again', async () => {
    const clock = new TestClock();
    const expired: string[] = [];
    const deadlines = new PodDeadlines(cappedClock(clock), (podUID) => expired.push(podUID));
    deadlines.set('far', 60 * dayMs);
    await clock.advanceBy(30 * dayMs);
    deadlines.set('far', undefined);
    await clock.advanceBy(60 * dayMs);
    expect([expired, clock.pending]).toEqual([[], 0]);
  });
});
