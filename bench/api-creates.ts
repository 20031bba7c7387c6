/** 500 pods a second created through the API server, whatever its answers take, beside a bare server that answers the same bytes. */

import type { BenchOptions, BenchResult } from './bench-result.ts';
import type { ApiCreates } from './children/api-creates-report.ts';
import { runChild } from './run-child.ts';

const perSecond = 500;
const ratioMax = 2;

export async function run({ quick }: BenchOptions): Promise<BenchResult[]> {
  const [seconds, rounds] = quick ? [1, 3] : [4, 9];
  const asService = await runChild<ApiCreates>(['api-creates', perSecond, seconds, rounds, 1]);
  const plain = await runChild<ApiCreates>(['api-creates', perSecond, seconds, rounds, 0]);
  const name = `${perSecond} pods created a second`;
  const note = `bodies of ${asService.bytes} bytes; floor: node:http that parses them; median of ${rounds} rounds of ${seconds} s, in turn`;
  return [
    ...latencies(asService, name, { limit: ratioMax, note }),
    ...latencies(plain, `${name}, without the flags of Node that a service has`, { note }),
    {
      name: `${name}: CPU of one`,
      ours: asService.ours.cpuMs * 1000,
      floor: asService.floor.cpuMs * 1000,
      unit: 'µs',
      ratio: asService.cpuRatio,
      note: 'defaults, checks, owners of fields and the write itself; the floor has none of them',
    },
  ];
}

function latencies(
  { ours, floor, p50Ratio, p99Ratio }: ApiCreates,
  name: string,
  rest: Pick<BenchResult, 'limit' | 'note'>,
): BenchResult[] {
  return [
    {
      name: `${name}: until one is answered, median`,
      ours: ours.p50Ms,
      floor: floor.p50Ms,
      unit: 'ms',
      ratio: p50Ratio,
      ...rest,
    },
    {
      name: `${name}: until one is answered, 99th percentile`,
      ours: ours.p99Ms,
      floor: floor.p99Ms,
      unit: 'ms',
      ratio: p99Ratio,
      ...rest,
    },
  ];
}
