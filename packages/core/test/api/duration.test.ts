import { expect, it } from 'vitest';
import { formatDuration } from '../../src/api/duration.ts';

const cases: readonly (readonly [number, string])[] = [
  [0, '0s'],
  [0.4, '0s'],
  [1, '1ms'],
  [999, '999ms'],
  [1000, '1s'],
  [1500, '1.5s'],
  [10_000, '10s'],
  [60_000, '1m0s'],
  [80_000, '1m20s'],
  [300_000, '5m0s'],
  [61_005, '1m1.005s'],
  [3_600_000, '1h0m0s'],
  [90_061_500, '25h1m1.5s'],
  [-2500, '-2.5s'],
];

it.each(cases)('%d ms prints as %s', (durationMs, text) => {
  expect(formatDuration(durationMs)).toBe(text);
});
