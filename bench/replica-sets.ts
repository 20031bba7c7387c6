/**
 * ReplicaSets on fake nodes: how fast one is brought to 5,000 pods and a hundred to 100 each, what 10,000 pods cost when
 * nothing changes, and whom one changed label concerns.
 */

import type { BenchOptions, BenchResult } from './bench-result.ts';
import type { ReplicaCensus } from './children/replica-census.ts';
import { runChild } from './run-child.ts';

const amounts = {
  whole: { nodes: 50, one: 5000, sets: 100, replicas: 100, watchSeconds: 40 },
  quick: { nodes: 10, one: 500, sets: 10, replicas: 50, watchSeconds: 1 },
} as const;

export async function run({ quick }: BenchOptions): Promise<BenchResult[]> {
  const { nodes, one: pods, sets, replicas, watchSeconds } = amounts[quick ? 'quick' : 'whole'];
  const one = await runChild<ReplicaCensus>(['replica-sets', nodes, 1, pods, 1]);
  const oneFloor = await runChild<ReplicaCensus>(['bare-pod-writes', one.pods]);
  const many = await runChild<ReplicaCensus>(['replica-sets', nodes, sets, replicas, watchSeconds]);
  const manyFloor = await runChild<ReplicaCensus>(['bare-pod-writes', many.pods]);
  return [
    started(`a ReplicaSet from 0 to ${pods} pods on ${nodes} nodes`, one, oneFloor),
    started(`${sets} ReplicaSets of ${replicas} pods at once`, many, manyFloor),
    {
      name: `${many.pods} pods of ${sets} ReplicaSets, nothing changes: CPU`,
      ours: many.cpuShare,
      floor: 0,
      unit: 'cores',
      ratio: Number.NaN,
      oursMax: 0.02,
      note: `floor: nothing to do; ${many.looksAtRest} looks of controllers in ${watchSeconds} s`,
    },
    {
      name: `one label of one of ${many.pods} pods changes: looks of controllers`,
      ours: many.looksOfOneLabel.reduce((sum, { looks }) => sum + looks, 0),
      floor: 1,
      unit: 'looks',
      ratio: many.looksOfOneLabel.reduce((sum, { looks }) => sum + looks, 0),
      oursMax: 2,
      note: `floor: its owner alone; ${many.looksOfOneLabel.map(({ name, looks }) => `${name} ${looks}`).join(', ')}`,
    },
  ];
}

function started(what: string, ours: ReplicaCensus, floor: ReplicaCensus): BenchResult {
  const perSecond = Math.round(ours.pods / (ours.startMs / 1000));
  return {
    name: `${what}: until all are ready`,
    ours: ours.startMs / 1000,
    floor: floor.startMs / 1000,
    unit: 's',
    ratio: ours.startMs / floor.startMs,
    oursMax: ours.pods / 1000,
    note: `${perSecond} pods a second, ${(ours.startCpuMs / ours.pods).toFixed(2)} ms of CPU each, after 500 others; floor: its writes alone, one after the other`,
  };
}
