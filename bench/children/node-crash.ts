/**
 * Three agents, controllers and a client in processes of their own. All pods run on one node, whose agent is killed: when is
 * the last one replaced? Arguments: port of the server, number of the round, number of pods.
 */

import { createControllers, type ReplicaSet, type StoredPod } from '@mooring/core';
import { installNatsStore, nats } from '@mooring/core/nats';
import { startTarget } from '../targets/start-target.ts';
import { ready, report } from './conversation.ts';
import type { NodeCrash } from './node-crash-report.ts';
import { replicaSetOf } from './replica-set-of.ts';

const [port = 4222, round = 0, pods = 100] = process.argv.slice(2).map(Number);
const limitMs = 120_000;

const servers = `nats://127.0.0.1:${port}`;
const name = `crash-${round}`;
await installNatsStore({ servers, cluster: name, bytesMax: 128 * 1024 * 1024 });
await startTarget('nats-controllers.ts', [port, name]);
const doomed = await startTarget('nats-agent.ts', [port, name, 'node-a']);
const cluster = await createControllers({
  name,
  plugins: [],
  transport: nats({ servers }),
  controllers: false,
  scheduler: false,
});
await cluster.waitFor('Node/node-a', 'Ready', { timeoutMs: limitMs });
await cluster.apply(replicaSetOf('set', pods));
await cluster.waitFor('ReplicaSet/default/set', isComplete, { timeoutMs: limitMs });
// What is bound stays where it is: they get nothing before.
await Promise.all(['node-b', 'node-c'].map((node) => startTarget('nats-agent.ts', [port, name, node])));
for (const node of ['node-b', 'node-c'])
  await cluster.waitFor(`Node/${node}`, 'Ready', { timeoutMs: limitMs });

await ready();
const old = new Set((await cluster.list('Pod')).map(({ metadata }) => metadata.uid));
const killedMs = performance.now();
doomed.kill('SIGKILL');
const [noticedMs, stages] = await Promise.all([untilNoticed(), untilReplaced()]);
report({ pods, noticedMs, ...stages } satisfies NodeCrash);

async function untilNoticed(): Promise<number> {
  for await (const event of cluster.watch('Node', { signal: AbortSignal.timeout(limitMs) })) {
    if (event.type !== 'put' || event.object.metadata.name !== 'node-a') continue;
    const condition = event.object.status?.conditions?.find(({ type }) => type === 'Ready');
    if (condition?.status !== 'True') return performance.now() - killedMs;
  }
  throw new Error('the node was never missed');
}

/** When the last pod was evicted, and the last of the new ones made, bound and ready. */
async function untilReplaced(): Promise<Omit<NodeCrash, 'pods' | 'noticedMs'>> {
  const stages = {
    evictedMs: new Map(),
    recreatedMs: new Map(),
    scheduledMs: new Map(),
    runningMs: new Map(),
  };
  const reach = (stage: keyof typeof stages, uid: string, isThere: boolean) => {
    const times = stages[stage];
    if (isThere && !times.has(uid)) times.set(uid, performance.now() - killedMs);
  };
  for await (const event of cluster.watch('Pod', { signal: AbortSignal.timeout(limitMs) })) {
    if (event.type === 'synced') continue;
    const { metadata, spec, status } = event.object;
    const isGone = event.type === 'delete' || metadata.deletionTimestamp !== undefined;
    if (old.has(metadata.uid)) {
      reach('evictedMs', metadata.uid, isGone);
      continue;
    }
    reach('recreatedMs', metadata.uid, true);
    reach('scheduledMs', metadata.uid, spec.nodeName !== undefined);
    reach('runningMs', metadata.uid, !isGone && isReady(status));
    if (stages.runningMs.size === pods && stages.evictedMs.size === pods) break;
  }
  const last = (times: ReadonlyMap<string, number>) => Math.max(...times.values());
  return {
    evictedMs: last(stages.evictedMs),
    recreatedMs: last(stages.recreatedMs),
    scheduledMs: last(stages.scheduledMs),
    runningMs: last(stages.runningMs),
  };
}

function isReady(status: StoredPod['status']): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
}

function isComplete(object: unknown): boolean {
  return (object as Partial<ReplicaSet>).status?.readyReplicas === pods;
}
