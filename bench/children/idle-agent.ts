/**
 * Two agents with pods that nothing happens to, each a process of its own, and the least that could know as much. Arguments: port
 * of the server, number of pods, seconds until all is quiet, seconds to watch.
 */

import type { ChildProcess, Serializable } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createControllers, type ReplicaSet } from '@mooring/core';
import { installNatsStore, nats } from '@mooring/core/nats';
import { startTarget } from '../targets/start-target.ts';
import { ready, report } from './conversation.ts';
import type { AtRest, IdleAgent } from './idle-agent-report.ts';
import { replicaSetOf } from './replica-set-of.ts';

const [port = 4222, pods = 100, settleSeconds = 60, seconds = 60] = process.argv.slice(2).map(Number);
const limitMs = 120_000;

const servers = `nats://127.0.0.1:${port}`;
await install('floor');
const [lean, usual] = await Promise.all([
  startAgent('lean', ['--max-semi-space-size=1']),
  startAgent('usual', []),
]);
const bare = await startTarget('bare-watcher.mjs', [port, 'lean']);
await ready();
await sleep(settleSeconds * 1000);
const [ours, withoutFlags, floor] = await Promise.all([lean, usual, bare].map(usageOf));
if (ours === undefined || withoutFlags === undefined || floor === undefined)
  throw new Error('there are three');
report({ pods, ours, withoutFlags, floor } satisfies IdleAgent);

/** In a cluster of its own, because every agent knows all of its cluster. Resolves when all pods are ready. */
async function startAgent(name: string, flags: readonly string[]): Promise<ChildProcess> {
  await install(name);
  await startTarget('nats-controllers.ts', [port, name]);
  const agent = await startTarget('idle-agent.mjs', [port, name, 'node-a'], flags);
  const client = {
    name,
    plugins: [],
    transport: nats({ servers }),
    controllers: false,
    scheduler: false,
  } as const;
  await using cluster = await createControllers(client);
  await cluster.apply(replicaSetOf('set', pods));
  await cluster.waitFor('ReplicaSet/default/set', isComplete, { timeoutMs: limitMs });
  return agent;
}

async function install(cluster: string): Promise<void> {
  await installNatsStore({ servers, cluster, bytesMax: 128 * 1024 * 1024 });
}

async function usageOf(child: ChildProcess): Promise<AtRest> {
  const answer = once(child, 'message');
  child.send(seconds satisfies Serializable);
  return (await answer)[0] as AtRest;
}

function isComplete(object: unknown): boolean {
  return (object as Partial<ReplicaSet>).status?.readyReplicas === pods;
}
