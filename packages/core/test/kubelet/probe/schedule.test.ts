import { describe, expect, test } from 'vitest';
import { fc } from '../../../../../test/support/fast-check.ts';
import { nextProbeInMs, type Schedule } from '../../../src/kubelet/probe/schedule.ts';
import { settingsOf } from './probe-rig.ts';

const settings = settingsOf({ initialDelayMs: 5_000, periodMs: 10_000 });

describe('nextProbeInMs', () => {
  const cases: readonly {
    name: string;
    schedule: Schedule;
    ranMs?: number;
    sinceMs?: number;
    want: number;
  }[] = [
    {
      name: 'the rest of the initial delay at first',
      schedule: { from: 'start' },
      ranMs: 2_000,
      want: 3_000,
    },
    { name: 'at once when the delay is over', schedule: { from: 'start' }, ranMs: 60_000, want: 0 },
    {
      name: 'the first delay where it is longer',
      schedule: { from: 'start', firstDelayMs: 4_000 },
      ranMs: 2_000,
      want: 4_000,
    },
    {
      name: 'the initial delay where that is longer',
      schedule: { from: 'start', firstDelayMs: 1_000 },
      ranMs: 2_000,
      want: 3_000,
    },
    {
      name: 'a drawn part of the period',
      schedule: { from: 'start', firstDelayMs: 'random' },
      ranMs: 60_000,
      want: 7_500,
    },
    { name: 'at once on request', schedule: { from: 'request' }, ranMs: 6_000, want: 0 },
    { name: 'the initial delay even on request', schedule: { from: 'request' }, ranMs: 1_000, want: 4_000 },
    { name: 'a whole period after a breakdown', schedule: { from: 'breakdown' }, ranMs: 6_000, want: 10_000 },
    {
      name: 'the rest of the period after a probe',
      schedule: { from: 'probe', beganAtMs: 0 },
      sinceMs: 1_200,
      want: 8_800,
    },
    {
      name: 'the next whole tick after a slow probe',
      schedule: { from: 'probe', beganAtMs: 0 },
      sinceMs: 23_000,
      want: 7_000,
    },
    {
      name: 'not the tick that it is now',
      schedule: { from: 'probe', beganAtMs: 0 },
      sinceMs: 20_000,
      want: 10_000,
    },
    {
      name: 'not the tick that a timer fired early for',
      schedule: { from: 'probe', beganAtMs: 0 },
      sinceMs: 19_999,
      want: 10_001,
    },
  ];
  test.each(cases)('is $name', ({ schedule, ranMs = 0, sinceMs = 0, want }) => {
    const now = { wallMs: 1_000_000 + ranMs, monotonicMs: sinceMs, chance: 0.75 };
    expect(nextProbeInMs(schedule, settings, 1_000_000, now)).toBe(want);
  });

  test('always lands on the grid, within one period and never at once', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60_000 }),
        fc.double({ min: 0, max: 1e7, noNaN: true }),
        (periodMs, sinceMs) => {
          const now = { wallMs: 0, monotonicMs: sinceMs, chance: 0 };
          const waitMs = nextProbeInMs({ from: 'probe', beganAtMs: 0 }, settingsOf({ periodMs }), 0, now);
          const slackMs = Math.min(5, periodMs / 2);
          expect(waitMs).toBeGreaterThan(Math.min(slackMs, periodMs - slackMs) - 1e-6);
          expect(waitMs).toBeLessThanOrEqual(periodMs + slackMs);
          const off = (sinceMs + waitMs) % periodMs;
          expect(Math.min(off, periodMs - off)).toBeLessThan(1e-3);
        },
      ),
    );
  });
});
