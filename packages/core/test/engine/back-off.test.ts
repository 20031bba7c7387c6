import { describe, expect, it } from 'vitest';
import { fc } from '../../../../test/support/fast-check.ts';
import {
  BackOff,
  type BackOffEntry,
  type BackOffSettings,
  remainingMs,
  stepUp,
} from '../../src/engine/back-off.ts';

const settings: BackOffSettings = { initialMs: 1000, maxMs: 8000 };

/** The delays after events at these times, each stepped up as it happens. */
function delaysAfter(eventsMs: readonly number[], of = settings): readonly number[] {
  let entry: BackOffEntry | undefined;
  return eventsMs.map((atMs) => {
    entry = stepUp(entry, atMs, atMs, of);
    return entry.delayMs;
  });
}

describe('stepUp', () => {
  const cases = [
    { name: 'doubles up to the maximum', events: [0, 1, 2, 3, 4], want: [1000, 2000, 4000, 8000, 8000] },
    {
      name: 'keeps the delay at exactly twice the maximum',
      events: [0, 1, 16_001],
      want: [1000, 2000, 4000],
    },
    { name: 'starts over one millisecond later', events: [0, 1, 16_002], want: [1000, 2000, 1000] },
  ];
  it.each(cases)('$name', ({ events, want }) => {
    expect(delaysAfter(events)).toEqual(want);
  });

  it('lets the caller say when an entry is forgotten', () => {
    const forgiving = { ...settings, hasExpired: (quietMs: number) => quietMs > 5 };
    expect(delaysAfter([0, 5, 11], forgiving)).toEqual([1000, 2000, 1000]);
  });

  it('never shrinks and never exceeds the maximum while events keep coming', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 2 * settings.maxMs }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(gaps, (between) => {
        let atMs = 0;
        const delays = delaysAfter(between.map((gapMs) => (atMs += gapMs)));
        for (const [i, delayMs] of delays.entries()) {
          expect(delayMs).toBeGreaterThanOrEqual(delays[i - 1] ?? settings.initialMs);
          expect(delayMs).toBeLessThanOrEqual(settings.maxMs);
        }
      }),
    );
  });

  it('starts over after any gap longer than twice the maximum, and only then', () => {
    fc.assert(
      fc.property(fc.nat(10), fc.nat(100_000), (steps, gapMs) => {
        const events = Array.from({ length: steps + 1 }, () => 0);
        const delays = delaysAfter([...events, gapMs]);
        const startsOver = gapMs > 2 * settings.maxMs;
        const before = delays.at(-2) ?? 0;
        expect(delays.at(-1)).toBe(startsOver ? settings.initialMs : Math.min(2 * before, settings.maxMs));
      }),
    );
  });

  it('adds jitter above the plain delay, at most its share, and none at the maximum', () => {
    const draw = fc.double({ min: 0, max: 0.999_999, noNaN: true });
    fc.assert(
      fc.property(draw, (drawn) => {
        const jitter = { factorMax: 0.1, random: { next: () => drawn, uuid: () => '' } };
        const delays = delaysAfter([0, 0, 0, 0, 0], { ...settings, jitter });
        expect(delays[0]).toBeGreaterThan(1000);
        expect(delays[0]).toBeLessThanOrEqual(1100);
        expect(delays.at(-1)).toBe(settings.maxMs);
      }),
    );
  });
});

describe('remainingMs', () => {
  const entry = { delayMs: 4000, updatedAtMs: 10_000 };
  const cases = [
    { name: 'the whole delay at the event', eventMs: 12_000, nowMs: 12_000, want: 4000 },
    { name: 'what is left later on', eventMs: 12_000, nowMs: 15_999, want: 1 },
    { name: 'nothing at the end of the delay', eventMs: 12_000, nowMs: 16_000, want: 0 },
    { name: 'nothing for an entry that is forgotten', eventMs: 26_001, nowMs: 26_001, want: 0 },
    {
      name: 'the delay counts from the event, even one before the last step',
      eventMs: 9000,
      nowMs: 10_000,
      want: 3000,
    },
  ];
  it.each(cases)('is $name', ({ eventMs, nowMs, want }) => {
    expect(remainingMs(entry, eventMs, nowMs, settings)).toBe(want);
  });

  it('is nothing without an entry', () => {
    expect(remainingMs(undefined, 0, 0, settings)).toBe(0);
  });
});

describe('BackOff', () => {
  it('keeps a delay for each key', () => {
    const book = new BackOff(settings);
    book.next('a', 0, 0);
    book.next('a', 1, 1);
    book.next('b', 1, 1);
    expect([book.get('a'), book.get('b'), book.get('c')]).toEqual([2000, 1000, 0]);
    expect([book.inBackOffSince('a', 0, 1999), book.inBackOffSince('a', 0, 2000)]).toEqual([true, false]);
    expect([book.inBackOffSinceUpdate('a', 2000), book.inBackOffSinceUpdate('a', 2001)]).toEqual([
      true,
      false,
    ]);
    book.reset('a');
    expect([book.has('a'), book.has('b'), book.size]).toEqual([false, true, 1]);
  });

  it('collects only what has expired', () => {
    const book = new BackOff(settings);
    book.next('old', 0, 0);
    book.next('young', 1, 1);
    book.gc(16_001);
    expect([book.has('old'), book.has('young')]).toEqual([false, true]);
  });
});
