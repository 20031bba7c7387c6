/**
 * ReplicaSets on many fake nodes in a process of its own. Arguments: number of nodes, number of sets, pods of each set,
 * seconds to watch them at rest.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { createCluster } from '@mooring/core';
import { memoryVolumes } from '@mooring/core/testing';
import { fakeRuntime } from '@mooring/runtime-fake';
import { collectedHeapBytes, cpuMsSince, cpuShareOver } from './census.ts';
import { ready, report } from './conversation.ts';
import type { ReplicaCensus } from './replica-census.ts';
import { replicaSetOf } from './replica-set-of.ts';

const [nodes = 50, sets = 1, replicas = 5000, seconds = 10] = process.argv.slice(2).map(Number);
const pods = sets * replicas;

/** What it takes to start them, before anything is measured at rest. */
const startLimitMs = 600_000;
/** Their start is over for good when the store has let go of the events beyond its bound, which it looks at each minute. */
const settleMs = seconds > 1 ? 90_000 : 1000;

/** V8 sweeps what it has collected on threads of its own, after that: it belongs to the start too. */
const sweepMs = seconds > 1 ? 20_000 : 0;

const emptyHeapBytes = collectedHeapBytes();
const cluster = await createCluster({
  plugins: [fakeRuntime()],
  nodes: Array.from({ length: nodes }, (_, i) => ({
    name: `node-${i}`,
    allocatable: { cpu: '1000', memory: '1Ti', pods: String(Math.ceil((pods / nodes) * 2)) },
  })),
  volumes: () => memoryVolumes(),
});
const beganMs = performance.now();
const cpuBefore = process.cpuUsage();
const names = Array.from({ length: sets }, (_, i) => `set-${i}`);
await cluster.apply(names.map((name) => replicaSetOf(name, replicas)));
await Promise.all(
  names.map((name) => cluster.waitFor(`ReplicaSet/default/${name}`, isComplete, { timeoutMs: startLimitMs })),
);
const startMs = performance.now() - beganMs;
const startCpuMs = cpuMsSince(cpuBefore);
await sleep(settleMs);
const heapBytes = collectedHeapBytes() - emptyHeapBytes;
await sleep(sweepMs);
await ready();
const looksBefore = looks();
const cpuShare = await cpuShareOver(seconds);
const looksAtRest = looks() - looksBefore;
const [one] = await cluster.list('Pod');
if (one === undefined) throw new Error('there are no pods');
const before = cluster.controllers();
await cluster.patch(`Pod/default/${one.metadata.name}`, { metadata: { labels: { touched: 'yes' } } });
await sleep(2000);
const looksOfOneLabel = cluster
  .controllers()
  .map(({ name, looks: count }) => ({
    name,
    looks: count - (before.find((b) => b.name === name)?.looks ?? 0),
  }))
  .filter(({ looks: count }) => count > 0);
report({
  pods,
  startMs,
  startCpuMs,
  heapBytes,
  looksAtRest,
  looksOfOneLabel,
  cpuShare,
} satisfies ReplicaCensus);

function looks(): number {
  return cluster.controllers().reduce((sum, controller) => sum + controller.looks, 0);
}

function isComplete(object: unknown): boolean {
  const { status } = (object ?? {}) as { readonly status?: { readonly readyReplicas?: number } };
  return status?.readyReplicas === replicas;
}
