/**
 * HTTP probes at the rate of 1,000 a second through a whole agent (probe actors, deadlines, verdicts), beside bare timers
 * that call `http.get`. Both run at the same time, each against a server in a process of its own.
 */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type BenchOptions, type BenchResult, median } from './bench-result.ts';
import type { Usage } from './children/census.ts';
import { runChildren } from './run-child.ts';

const probesPerSecond = 1000;
const amounts = { whole: { rounds: 3, watchSeconds: 20 }, quick: { rounds: 1, watchSeconds: 6 } } as const;

export async function run({ quick }: BenchOptions): Promise<BenchResult[]> {
  const { rounds, watchSeconds } = amounts[quick ? 'quick' : 'whole'];
  const pairs: (readonly Usage[])[] = [];
  for (let round = 0; round < rounds; round += 1) pairs.push(await measure(watchSeconds));
  const [ours, floor] = [0, 1].map((who) => median(pairs.map((pair) => pair[who]?.cpuShare ?? Number.NaN)));
  const ratio = median(pairs.map(([agent, bare]) => (agent?.cpuShare ?? 0) / (bare?.cpuShare ?? 0)));
  return [
    {
      name: `${probesPerSecond} HTTP probes a second from one agent: CPU`,
      ours: ours ?? Number.NaN,
      floor: floor ?? Number.NaN,
      unit: 'cores',
      ratio,
      limit: 1.5,
      note: `floor: http.get on bare timers; median of ${rounds} times ${watchSeconds} s, side by side`,
    },
  ];
}

async function measure(watchSeconds: number): Promise<readonly Usage[]> {
  const targets = [startTarget(), startTarget()];
  try {
    const [first, second] = await Promise.all(
      targets.map(async (target) => (await once(target, 'message'))[0]),
    );
    return await runChildren<Usage>([
      ['http-probes-of-agent', probesPerSecond, watchSeconds, Number(first)],
      ['bare-http-gets', probesPerSecond, watchSeconds, Number(second)],
    ]);
  } finally {
    for (const target of targets) target.disconnect();
  }
}

function startTarget() {
  return fork(join(import.meta.dirname, 'targets', 'http-target.ts'));
}
