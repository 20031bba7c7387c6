/** 500 pods a second created through the API server, whatever its answers take, beside a bare server that answers the same bytes. */

import type { BenchOptions, BenchResult } from './bench-result.ts';
import type { ApiCreates } from './children/api-creates-report.ts';
import { runChild } from './run-child.ts';

const perSecond = 500;
const ratioMax = 2;

export async function run({ quick }: BenchOptions): Promise<BenchResult[]> {
  const [seconds, rounds] = quick ? [1, 3] : [4, 7];
  const found = await runChild<ApiCreates>(['api-creates', perSecond, seconds, rounds]);
  const { ours, floor } = found;
  const name = `${perSecond} pods created a second`;
  const note = `bodies of ${found.bytes} bytes; floor: node:http that parses them; median of ${rounds} rounds of ${seconds} s, in turn`;
  return [
    {
      name: `${name}: until one is answered, median`,
      ours: ours.p50Ms,
      floor: floor.p50Ms,
      unit: 'ms',
      ratio: found.p50Ratio,
      limit: ratioMax,
      note,
    },
    {
      name: `${name}: until one is answered, 99th percentile`,
      ours: ours.p99Ms,
      floor: floor.p99Ms,
      unit: 'ms',
      ratio: found.p99Ratio,
      limit: ratioMax,
      note,
    },
    {
      name: `${name}: CPU of one`,
      ours: ours.cpuMs * 1000,
      floor: floor.cpuMs * 1000,
      unit: 'µs',
      ratio: found.cpuRatio,
      note: 'defaults, checks, owners of fields and the write itself; the floor has none of them',
    },
  ];
}
