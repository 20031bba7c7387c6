/** A day of crash loops in virtual time: how many seconds it takes, and what happens in it. */

import type { BenchOptions, BenchResult } from './bench-result.ts';
import type { VirtualDay } from './children/virtual-day-report.ts';
import { runChild } from './run-child.ts';

const amounts = { whole: { pods: 1000, hours: 24 }, quick: { pods: 100, hours: 3 } } as const;

export async function run({ quick }: BenchOptions): Promise<BenchResult[]> {
  const { pods, hours } = amounts[quick ? 'quick' : 'whole'];
  const ours = await runChild<VirtualDay>(['virtual-day', pods, hours]);
  const floor = await runChild<VirtualDay>(['bare-virtual-day', pods, hours]);
  const counts = `${ours.restarts} restarts, ${ours.exits} exits heard of, ${ours.events} events kept`;
  const speed = Math.round((hours * 3600) / (ours.tookMs / 1000));
  return [
    {
      name: `${hours} virtual hours of ${pods} pods in crash loops`,
      ours: ours.tookMs / 1000,
      floor: floor.tookMs / 1000,
      unit: 's',
      ratio: ours.tookMs / floor.tookMs,
      note: `${counts}; ${speed} times as fast as time; floor: the same waits on the bare clock`,
    },
    {
      name: 'one restart in virtual time: CPU',
      ours: ours.cpuMs / ours.restarts,
      floor: floor.cpuMs / floor.restarts,
      unit: 'ms',
      ratio: ours.cpuMs / ours.restarts / (floor.cpuMs / floor.restarts),
      note: 'with relists each 10 s and sweeps of events each minute',
    },
  ];
}
