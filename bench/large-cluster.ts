/** 100,000 pods on 1,000 fake nodes in one process: that it holds, what it takes, and how soon a lost node is replaced. */

import type { BenchResult } from './bench-result.ts';
import type { LargeCensus } from './children/large-census.ts';
import { runChild } from './run-child.ts';

const nodes = 1000;
const sets = 1000;
const replicas = 100;
const kib = 1024;

export async function run(): Promise<BenchResult[]> {
  const ours = await runChild<LargeCensus>(['large-cluster', nodes, sets, replicas]);
  const floor = await runChild<Pick<LargeCensus, 'pods' | 'startMs' | 'heapBytes'>>([
    'bare-pod-writes',
    ours.pods,
  ]);
  const title = `${ours.pods} pods on ${ours.nodes} nodes`;
  return [
    {
      name: `${title}: until all are ready`,
      ours: ours.startMs / 1000,
      floor: floor.startMs / 1000,
      unit: 's',
      ratio: ours.startMs / floor.startMs,
      note: `${(ours.startCpuMs / ours.pods).toFixed(2)} ms of CPU each; floor: their writes alone, one after the other`,
    },
    {
      name: `${title}: heap of a pod`,
      ours: ours.heapBytes / ours.pods / kib,
      floor: floor.heapBytes / floor.pods / kib,
      unit: 'KiB',
      ratio: ours.heapBytes / ours.pods / (floor.heapBytes / floor.pods),
      note: `${Math.round(ours.heapBytes / kib / kib)} MiB in all, with the fake containers; floor: what the store keeps of it`,
    },
    {
      name: `${title}: a node is lost, until its ${ours.lost} pods are replaced and ready`,
      ours: ours.replacedMs / 1000,
      floor: ours.noticedMs / 1000,
      unit: 's',
      ratio: ours.replacedMs / ours.noticedMs,
      note: 'floor: until it is noticed, by the times of Kubernetes; then a toleration of 10 s',
    },
  ];
}
