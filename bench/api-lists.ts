/** All pods of a large cluster in one answer of the API server, whole and as a table, beside a bare server with the same bytes. */

import type { BenchOptions, BenchResult } from './bench-result.ts';
import type { ApiLists } from './children/api-lists-report.ts';
import { runChild } from './run-child.ts';

const ratioMax = 2;
const mib = 1024 * 1024;

export async function run({ quick }: BenchOptions): Promise<BenchResult[]> {
  const found = await runChild<ApiLists>(['api-lists', quick ? 1000 : 10_000, quick ? 5 : 60]);
  const { pods, json, table, before, ours, floor } = found;
  const note = (bytes: number) =>
    `${(bytes / mib).toFixed(1)} MiB, 100 of them changed since the last one; floor: node:http that has the bytes ready`;
  const grown = (ours.peakBytes - before.peakBytes) / mib;
  return [
    { name: `list of ${pods} pods`, ...json, unit: 'ms', limit: ratioMax, note: note(found.jsonBytes) },
    {
      name: `list of ${pods} pods as a table`,
      ...table,
      unit: 'ms',
      limit: ratioMax,
      note: note(found.tableBytes),
    },
    {
      name: `lists of ${pods} pods: memory of the server at its height (RSS)`,
      ours: ours.peakBytes / mib,
      floor: floor.peakBytes / mib,
      unit: 'MiB',
      ratio: ours.peakBytes / floor.peakBytes,
      limit: ratioMax,
      note: `${grown.toFixed(0)} MiB more than before the first list; floor: with the two answers, and no pods`,
    },
  ];
}
