/**
 * ReplicaSets on many fake nodes in a process of its own. Arguments: number of nodes, number of sets, pods of each set,
 * seconds to watch them at rest.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { createCluster } from '@mooring/core';
import { memoryVolumes } from '@mooring/core/testing';
import { fakeRuntime } from '@mooring/runtime-fake';
import { median } from '../bench-result.ts';
import { collectedHeapBytes, cpuMsSince, cpuShareOver, untilTidied } from './census.ts';
import { ready, report } from './conversation.ts';
import type { ReplicaCensus } from './replica-census.ts';
import { replicaSetOf } from './replica-set-of.ts';

const [nodes = 50, sets = 1, replicas = 5000, seconds = 10] = process.argv.slice(2).map(Number);
const pods = sets * replicas;

/** Started and deleted before, so that the program is compiled: controllers live long. */
const warmUpPods = 500;

/** What it takes to start them, before anything is measured at rest. */
const startLimitMs = 600_000;
/** Their start is over for good when the store has let go of the events beyond its bound, which it looks at each minute. */
const settleMs = seconds > 1 ? 90_000 : 1000;

/** After that V8 tidies up: it belongs to the start too. */
const calmMs = seconds > 1 ? 110_000 : 0;
const tidyMsMax = 480_000;
/** Of so many pods one label is changed, one after the other: some controllers look around by the clock as well. */
const labelsChanged = 5;
const labelMs = 2000;

const emptyHeapBytes = collectedHeapBytes();
const cluster = await createCluster({
  plugins: [fakeRuntime()],
  nodes: Array.from({ length: nodes }, (_, i) => ({
    name: `node-${i}`,
    allocatable: { cpu: '1000', memory: '1Ti', pods: String(Math.ceil((pods / nodes) * 2)) },
  })),
  volumes: () => memoryVolumes(),
});
await warmUp();
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
await untilTidied(calmMs, tidyMsMax);
await ready();
const looksBefore = looks();
const cpuShare = await cpuShareOver(seconds);
const looksAtRest = looks() - looksBefore;
const changes = await changeLabels();
const middle = median(changes.map(sumOf));
const looksOfOneLabel = changes.find((change) => sumOf(change) === middle) ?? [];
const heapBytes = collectedHeapBytes() - emptyHeapBytes;
report({
  pods,
  startMs,
  startCpuMs,
  heapBytes,
  looksAtRest,
  looksOfOneLabel,
  cpuShare,
} satisfies ReplicaCensus);

async function warmUp(): Promise<void> {
  const isUp = (object: unknown) => readyOf(object) === warmUpPods;
  await cluster.apply(replicaSetOf('warm-up', warmUpPods));
  await cluster.waitFor('ReplicaSet/default/warm-up', isUp, { timeoutMs: startLimitMs });
  await cluster.delete('ReplicaSet', 'default', 'warm-up');
  while ((await cluster.list('Pod')).length > 0) await sleep(50);
}

/** By controller: the looks within a while after each change. */
async function changeLabels(): Promise<ReplicaCensus['looksOfOneLabel'][]> {
  const changed: ReplicaCensus['looksOfOneLabel'][] = [];
  for (const { metadata } of (await cluster.list('Pod')).slice(0, labelsChanged)) {
    const before = new Map(cluster.controllers().map(({ name, looks: count }) => [name, count]));
    await cluster.patch(`Pod/default/${metadata.name}`, { metadata: { labels: { touched: 'yes' } } });
    await sleep(labelMs);
    const after = cluster.controllers();
    const since = after.map(({ name, looks: count }) => ({ name, looks: count - (before.get(name) ?? 0) }));
    changed.push(since.filter(({ looks: count }) => count > 0));
  }
  return changed;
}

function sumOf(looksOf: ReplicaCensus['looksOfOneLabel']): number {
  return looksOf.reduce((sum, { looks: count }) => sum + count, 0);
}

function looks(): number {
  return cluster.controllers().reduce((sum, controller) => sum + controller.looks, 0);
}

function isComplete(object: unknown): boolean {
  return readyOf(object) === replicas;
}

function readyOf(object: unknown): number {
  const { status } = (object ?? {}) as { readonly status?: { readonly readyReplicas?: number } };
  return status?.readyReplicas ?? 0;
}
