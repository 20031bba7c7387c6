/** What an agent over NATS takes whose pods are left in peace, beside a bare client that knows as much. */

import type { BenchResult } from './bench-result.ts';
import type { AtRest, IdleAgent } from './children/idle-agent-report.ts';
import { withNatsServer } from './nats-server.ts';
import { runChild } from './run-child.ts';

const pods = 100;
const settleSeconds = 60;
const watchSeconds = 60;
const mib = 1024 * 1024;

export function run(): Promise<readonly BenchResult[]> {
  return withNatsServer('nats-agent', async (port) => {
    const { ours, withoutFlags, floor } = await runChild<IdleAgent>([
      'idle-agent',
      port,
      pods,
      settleSeconds,
      watchSeconds,
    ]);
    const title = `an agent over NATS with ${pods} pods at rest`;
    const figures = (figure: (usage: AtRest) => number) => ({
      ours: figure(ours),
      floor: figure(floor),
      ratio: figure(ours) / figure(floor),
    });
    return [
      {
        name: `${title}: memory of its process (RSS)`,
        ...figures(({ rssBytes }) => rssBytes / mib),
        unit: 'MiB',
        oursMax: 80,
        note: `node --max-semi-space-size=1; without it ${Math.round(withoutFlags.rssBytes / mib)} MiB; floor: the bare client with a map of the same bucket, and a lease`,
      },
      {
        name: `${title}: CPU`,
        ...figures(({ cpuShare }) => cpuShare * 100),
        unit: '%',
        oursMax: 1,
        note: `of one core; preset "small": a lease renewed each 2 s; ${watchSeconds} s watched`,
      },
    ];
  });
}
