/**
 * One machine plays four hosts: a `nats-server`, a process with the controllers, and two with an agent each. One agent is
 * killed, and its pods run on the other. Needs `nats-server` in the path (`npm run engines` brings it).
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, createControllers, loadManifest } from '@mooring/core';
import { installNatsStore, nats } from '@mooring/core/nats';

/** For everything, and afterwards for the hosts to end: enough for a machine that is busy with other things. */
const limitMs = 150_000;
const endLimitMs = 30_000;

const here = import.meta.dirname;
const port = 20_000 + (process.pid % 10_000);
const servers = `nats://127.0.0.1:${port}`;
const dir = mkdtempSync(join(tmpdir(), 'mooring-hosts-'));
const giveUpMs = performance.now() + limitMs;
const hosts: ChildProcess[] = [];
/** Rejects when one of them ends that nobody has killed. */
const failures: Promise<never>[] = [];

const server = start('nats-server', ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', dir], 'ignore');
try {
  await until('a bucket in NATS', () => installNatsStore({ servers, bytesMax: 64 * 1024 * 1024 }));
  host('controllers.ts', servers);
  host('agent.ts', 'node-a', servers);
  const lost = host('agent.ts', 'node-b', servers);

  // Neither controllers nor a node: this process only looks on.
  const client = { plugins: [], transport: nats({ servers }), controllers: false, scheduler: false } as const;
  await using cluster = await createControllers(client);
  // What is bound stays where it is, so both have to be there first.
  for (const node of ['node-a', 'node-b'])
    await until(`${node} to be ready`, () => cluster.waitFor(`Node/${node}`, 'Ready', { timeoutMs: 10_000 }));
  await cluster.apply(await loadManifest(join(here, 'web.yaml')));
  await until('four pods on both nodes', () => expectPods(cluster, ['node-a', 'node-b']));
  console.log('four pods are ready on node-a and node-b');

  lost.kill('SIGKILL');
  const beganMs = performance.now();
  await until('four pods on node-a', () => expectPods(cluster, ['node-a']));
  const tookS = Math.round((performance.now() - beganMs) / 1000);
  console.log(`node-b was killed: four pods on node-a after ${tookS} s`);
} finally {
  // The server last: what a host has to say at its end it can say then.
  await Promise.all(hosts.map(end));
  await end(server);
  rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

function host(script: string, ...args: readonly string[]): ChildProcess {
  const child = start(process.execPath, [...process.execArgv, join(here, script), ...args], 'inherit');
  hosts.push(child);
  return child;
}

function start(program: string, args: readonly string[], output: 'inherit' | 'ignore'): ChildProcess {
  // What is killed cannot tidy up after itself: its directories go with ours.
  const env = { ...process.env, TMPDIR: dir };
  const child = spawn(program, args, { stdio: ['ignore', output, 'inherit'], env });
  const failed = once(child, 'exit').then(([code]) => {
    if (child.killed) return new Promise<never>(() => {});
    throw new Error(`${program} ${args.join(' ')} has ended with ${code}`);
  });
  // It may come while nobody waits.
  failed.catch(() => {});
  failures.push(failed);
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, 'exit');
  child.kill();
  const kill = setTimeout(() => child.kill('SIGKILL'), endLimitMs);
  await ended;
  clearTimeout(kill);
}

/** Throws unless four pods are ready, and on these nodes. */
async function expectPods(cluster: Cluster, nodes: readonly string[]): Promise<void> {
  const pods = await cluster.list('Pod', 'default');
  const ready = pods.filter(
    ({ status }) =>
      status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false,
  );
  const used = [...new Set(ready.map(({ spec }) => spec.nodeName))].toSorted();
  if (ready.length !== 4 || used.join() !== nodes.join())
    throw new Error(
      `${ready.length} of ${pods.length} pods are ready, on ${used.join(' and ') || 'no node'}`,
    );
}

/** Again and again. Rejects with what it waited for when the time is over, or a host has ended. */
async function until(what: string, work: () => Promise<unknown>): Promise<void> {
  let why: unknown;
  for (;;) {
    const timer = new AbortController();
    const late = sleep(Math.max(0, giveUpMs - performance.now()), 'late' as const, timer);
    late.catch(() => {});
    try {
      const outcome = await Promise.race([work(), late, ...failures]);
      if (outcome !== 'late') return;
    } catch (error) {
      why = error;
    } finally {
      timer.abort();
    }
    await Promise.race([sleep(200), ...failures]);
    if (performance.now() < giveUpMs) continue;
    throw new Error(`gave up after ${limitMs / 1000} s: waited for ${what}`, { cause: why });
  }
}
