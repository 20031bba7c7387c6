/** The store on NATS: how fast it writes, and how soon a watch has everything, in turn with the bare client. */

import type { BenchResult } from './bench-result.ts';
import type { StoreOnNats } from './children/store-on-nats-report.ts';
import { withNatsServer } from './nats-server.ts';
import { runChild } from './run-child.ts';

const writeRounds = 15;
const writes = 2048;
const lanes = 32;
const readRounds = 9;
const keys = 10_000;
/** At least 60 % of the rate. */
const writingRatioMax = 1 / 0.6;
const readingRatioMax = 1.3;

export function run(): Promise<readonly BenchResult[]> {
  return withNatsServer('nats-store', async (port) => {
    const sizes = [writeRounds, writes, lanes, readRounds, keys] as const;
    const { writing, reading, bytes } = await runChild<StoreOnNats>(['store-on-nats', port, ...sizes]);
    return [
      {
        name: `updating an object of ${bytes} bytes in NATS, ${lanes} at a time`,
        ...writing,
        unit: 'µs',
        limit: Number(writingRatioMax.toFixed(2)),
        note: `${perSecond(writing.ours)} a second; floor: put of the bare client, the text ready made, ${perSecond(writing.floor)} a second`,
      },
      {
        name: `a watch of ${keys} such objects, until it has all of them`,
        ...reading,
        unit: 'ms',
        limit: readingRatioMax,
        note: 'floor: a watch of the bare client, and JSON.parse of each value into a map',
      },
    ];
  });
}

function perSecond(micros: number): number {
  return Math.round(1e6 / micros);
}
