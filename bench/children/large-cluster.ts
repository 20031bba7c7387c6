/**
 * As many pods as one process holds, on many fake nodes, one of which is lost at the end. Arguments: number of nodes,
 * number of ReplicaSets, pods of each.
 */

import { createCluster, type ReplicaSet } from '@mooring/core';
import { memoryVolumes } from '@mooring/core/testing';
import { fakeRuntime } from '@mooring/runtime-fake';
import { collectedHeapBytes, cpuMsSince } from './census.ts';
import { ready, report } from './conversation.ts';
import type { LargeCensus } from './large-census.ts';
import { replicaSetOf } from './replica-set-of.ts';

const [nodes = 1000, sets = 1000, replicas = 100] = process.argv.slice(2).map(Number);
const pods = sets * replicas;
const limitMs = 3_600_000;
/** Of each pod, instead of five minutes: what is measured is the work, not the wait. */
const tolerationSeconds = 10;

const emptyHeapBytes = collectedHeapBytes();
const cluster = await createCluster({
  plugins: [fakeRuntime()],
  nodes: Array.from({ length: nodes }, (_, i) => ({
    name: `node-${i}`,
    allocatable: { cpu: '1000', memory: '1Ti', pods: String(Math.ceil((pods / nodes) * 2)) },
  })),
  // So many nodes in one process are no small cluster: they give signs of life as often as those of Kubernetes do.
  tolerationSeconds: { notReady: tolerationSeconds, unreachable: tolerationSeconds },
  volumes: () => memoryVolumes(),
});
await ready();
const beganMs = performance.now();
const cpuBefore = process.cpuUsage();
const names = Array.from({ length: sets }, (_, i) => `set-${i}`);
await cluster.apply(names.map((name) => replicaSetOf(name, replicas)));
await untilComplete();
const startMs = performance.now() - beganMs;
const startCpuMs = cpuMsSince(cpuBefore);
const heapBytes = collectedHeapBytes() - emptyHeapBytes;

const lost = (await cluster.list('Pod')).filter(({ spec }) => spec.nodeName === 'node-0').length;
const lostMs = performance.now();
await cluster.crashNode('node-0');
await untilNoticed();
const noticedMs = performance.now() - lostMs;
await untilComplete();
report({
  pods,
  nodes,
  startMs,
  startCpuMs,
  heapBytes,
  lost,
  noticedMs,
  replacedMs: performance.now() - lostMs,
} satisfies LargeCensus);

/** Every set has all of its pods, ready. */
async function untilComplete(): Promise<void> {
  const open = new Set(names);
  for await (const event of cluster.watch('ReplicaSet', { signal: AbortSignal.timeout(limitMs) })) {
    if (event.type !== 'put') continue;
    const { metadata, status }: ReplicaSet = event.object;
    if (status?.readyReplicas === replicas) open.delete(metadata.name ?? '');
    else open.add(metadata.name ?? '');
    if (open.size === 0) return;
  }
}

/** Some set misses a pod. */
async function untilNoticed(): Promise<void> {
  for await (const event of cluster.watch('ReplicaSet', { signal: AbortSignal.timeout(limitMs) }))
    if (event.type === 'put' && (event.object.status?.readyReplicas ?? 0) < replicas) return;
}
