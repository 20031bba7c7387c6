/**
 * 1,000 watchers of the API server who are all told of every change, beside a bare server that writes the same bytes; and how
 * soon a single one hears of a change.
 */

import type { BenchOptions, BenchResult } from './bench-result.ts';
import type { ApiWatches, Delivery } from './children/api-watches-report.ts';
import { runChild } from './run-child.ts';

const watchers = 1000;
const ratioMax = 2;
const kib = 1024;
const mib = 1024 * kib;

export async function run({ quick }: BenchOptions): Promise<BenchResult[]> {
  const seconds = quick ? 2 : 10;
  const pods = await runChild<ApiWatches>(['api-watches', watchers, 20, seconds, 0]);
  const small = await runChild<ApiWatches>(['api-watches', watchers, 200, seconds, 1]);
  const single = await runChild<ApiWatches>(['api-watches', 1, 20, seconds * 2, 0]);
  const idle = quick ? 2000 : 10_000;
  const many = await runChild<ApiWatches>(['api-watches', idle, 1, 3, 1]);
  return [
    ...figures(`20 pods change a second, ${watchers} watch`, pods),
    ...figures(`200 small objects change a second, ${watchers} watch`, small),
    figure('one watches a pod: until it hears of a change, 99th percentile', single, 'p99Ms', 10),
    {
      name: `${idle} watch and nothing happens: memory of one (RSS)`,
      ours: (many.ours.watchedBytes - many.ours.aloneBytes) / idle / kib,
      floor: (many.floor.watchedBytes - many.floor.aloneBytes) / idle / kib,
      unit: 'KiB',
      ratio:
        (many.ours.watchedBytes - many.ours.aloneBytes) / (many.floor.watchedBytes - many.floor.aloneBytes),
      limit: ratioMax,
      note: `${Math.round(many.ours.watchedBytes / mib)} MiB in all; floor: responses of node:http that stay open`,
    },
    {
      name: `${idle} watch and one object changes: until the last one hears of it`,
      ours: many.ours.longestMs,
      floor: many.floor.longestMs,
      unit: 'ms',
      ratio: many.ours.longestMs / many.floor.longestMs,
      limit: ratioMax,
      note: 'of 20 who are asked, spread over all',
    },
  ];
}

function figures(name: string, found: ApiWatches): BenchResult[] {
  const { ours, floor } = found;
  return [
    figure(`${name}: until one hears of it, median`, found, 'p50Ms'),
    figure(`${name}: until one hears of it, 99th percentile`, found, 'p99Ms'),
    {
      name: `${name}: CPU of the server`,
      ours: ours.cpuShare,
      floor: floor.cpuShare,
      unit: 'cores',
      ratio: ours.cpuShare / floor.cpuShare,
      limit: ratioMax,
      note: 'the changes themselves included, which the floor does not have',
    },
    {
      name: `${name}: memory of the server at its height (RSS)`,
      ours: ours.after.peakBytes / mib,
      floor: floor.after.peakBytes / mib,
      unit: 'MiB',
      ratio: ours.after.peakBytes / floor.after.peakBytes,
      limit: ratioMax,
    },
  ];
}

/** Latencies count from when the store has acknowledged the change. */
function figure(
  name: string,
  { ours, floor, eventBytes }: ApiWatches,
  which: keyof Pick<Delivery, 'p50Ms' | 'p99Ms'>,
  oursMax?: number,
): BenchResult {
  return {
    name,
    ours: ours[which],
    floor: floor[which],
    unit: 'ms',
    ratio: ours[which] / floor[which],
    ...(oursMax === undefined ? { limit: ratioMax } : { oursMax }),
    note: `${eventBytes} bytes each, counted from the store's answer; floor: node:http that writes them`,
  };
}
