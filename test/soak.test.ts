import { expect, it } from 'vitest';
import { gaugeNames } from '../scripts/soak/gauges.ts';
import { soak } from '../scripts/soak/soak.ts';
import { isFlat, type Sample, trendOf } from '../scripts/soak/trend.ts';

const series = (valueAt: (minute: number) => number): readonly Sample[] =>
  Array.from({ length: 61 }, (_, i) => ({ atMs: i * 1000, value: valueAt(i / 60) }));
/** The same each time, and without a trend. */
const scatter = (minute: number) => Math.sin(minute * 1000) * 20;

it('measures a slope', () => {
  const { mean, perMinute, error } = trendOf(series((minute) => 100 + 7 * minute));
  expect(mean).toBeCloseTo(103.5);
  expect(perMinute).toBeCloseTo(7);
  expect(error).toBeCloseTo(0);
});

it.each([
  { name: 'what stays', valueAt: () => 5, want: true },
  { name: 'what scatters', valueAt: (minute: number) => 100 + scatter(minute), want: true },
  { name: 'what shrinks', valueAt: (minute: number) => 100 - 50 * minute, want: true },
  { name: 'what grows within what is allowed', valueAt: (minute: number) => 9 * minute, want: true },
  { name: 'what grows', valueAt: (minute: number) => 11 * minute, want: false },
  {
    name: 'what grows and scatters',
    valueAt: (minute: number) => 60 * minute + scatter(minute),
    want: false,
  },
])('calls flat $want: $name', ({ valueAt, want }) => {
  expect(isFlat(trendOf(series(valueAt)), { total: 10, perHour: 0 }, 1)).toBe(want);
});

it('allows for an hour what it does not allow for a minute', () => {
  const trend = trendOf(series((minute) => minute));
  expect(isFlat(trend, { total: 10, perHour: 60 }, 60)).toBe(true);
  expect(isFlat(trend, { total: 10, perHour: 0 }, 60)).toBe(false);
});

it('a cluster is soaked for some seconds, whatever comes of so short a run', async () => {
  const lines: string[] = [];
  const { counts, trends } = await soak({
    seconds: 5,
    rate: 10,
    runtime: 'fake',
    say: (line) => lines.push(line),
  });
  expect(counts.created).toBeGreaterThan(0);
  expect(lines.length).toBeGreaterThan(2);
  expect(trends.map(({ gauge }) => gauge)).toEqual([...gaugeNames]);
});
