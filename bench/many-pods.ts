/**
 * Many pods on one agent: how soon they run, what they cost at rest, and whether ten times the pods cost more than ten
 * times as much. Each agent has a process of its own; so has its floor, which runs beside it and meets the same neighbours.
 */

import type { BenchOptions, BenchResult } from './bench-result.ts';
import type { Census } from './children/census.ts';
import { runChild, runChildren } from './run-child.ts';

const amounts = {
  whole: { few: 1000, many: 10_000, watchSeconds: 30 },
  quick: { few: 100, many: 1000, watchSeconds: 5 },
} as const;
const kib = 1024;

export async function run({ quick }: BenchOptions): Promise<BenchResult[]> {
  const { few, many, watchSeconds } = amounts[quick ? 'quick' : 'whole'];
  const small = quick ? undefined : await runChild<Census>(['agent-of-many-pods', few, watchSeconds]);
  const [large, floor] = await runChildren<Census>([
    ['agent-of-many-pods', many, watchSeconds],
    ['bare-probe-timers', many, watchSeconds],
  ]);
  if (large === undefined || floor === undefined) throw new Error('there are two');
  const grown = small === undefined ? [] : growth(small, large, watchSeconds);
  return [...atRest(large, floor, watchSeconds), ...grown];
}

function atRest(ours: Census, floor: Census, watchSeconds: number): readonly BenchResult[] {
  const title = `${ours.pods} pods, each probed twice in 10 s`;
  const perSecond = Math.round(ours.probes / watchSeconds);
  return [
    {
      name: `${title}: from the first apply until all are ready`,
      ...figures(ours.startMs / 1000, floor.startMs / 1000),
      unit: 's',
      oursMax: 30,
      note: `floor: putting as many objects into a map; ${Math.round(ours.startCpuMs)} ms of CPU`,
    },
    {
      name: `${title}: CPU`,
      ...figures(ours.cpuShare, floor.cpuShare),
      unit: 'cores',
      oursMax: 0.5,
      note: `floor: a bare setInterval for each probe; ${perSecond} probes a second`,
    },
    {
      name: `${title}: event-loop delay, 99th percentile`,
      ...figures(ours.delayP99Ms, floor.delayP99Ms),
      unit: 'ms',
      oursMax: 50,
      note: `floor: a process beside it with bare timers; sampled each 10 ms; half below ${ours.delayP50Ms.toFixed(1)} ms`,
    },
    {
      name: `${title}: heap of a pod`,
      ...figures(ours.heapBytes / ours.pods / kib, floor.heapBytes / floor.pods / kib),
      unit: 'KiB',
      oursMax: 40,
      note: 'with the store, its events and the fake containers; floor: the stored object and two timers',
    },
  ];
}

/** At most linear: ten times the pods may cost ten times as much, which is the same for each. */
function growth(small: Census, large: Census, watchSeconds: number): readonly BenchResult[] {
  const name = (what: string) => `growth from ${small.pods} to ${large.pods} pods: ${what} of one`;
  const note = `floor: with ${small.pods} pods`;
  return [
    {
      name: name('heap'),
      ...figures(large.heapBytes / large.pods / kib, small.heapBytes / small.pods / kib),
      unit: 'KiB',
      limit: linearMax,
      note,
    },
    {
      name: name('CPU of the start'),
      ...figures(large.startCpuMs / large.pods, small.startCpuMs / small.pods),
      unit: 'ms',
      limit: linearMax,
      note,
    },
    {
      name: name('CPU of a probe'),
      ...figures(cpuMicrosOfProbe(large, watchSeconds), cpuMicrosOfProbe(small, watchSeconds)),
      unit: 'µs',
      limit: linearMax,
      note,
    },
  ];
}

/** What two runs of the same differ by on a machine that others use too. */
const linearMax = 1.1;

function cpuMicrosOfProbe({ cpuShare, probes }: Census, watchSeconds: number): number {
  return (cpuShare * watchSeconds * 1e6) / probes;
}

function figures(ours: number, floor: number): Pick<BenchResult, 'ours' | 'floor' | 'ratio'> {
  return { ours, floor, ratio: ours / floor };
}
