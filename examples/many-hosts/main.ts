/**
 * One machine plays four hosts: a `nats-server`, a process with the controllers, and two with an agent each. One agent is
 * killed, and its pods run on the other. Needs `nats-server` in the path (`npm run engines` brings it).
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, createControllers, loadManifest } from '@mooring/core';
import { installNatsStore, nats } from '@mooring/core/nats';

const here = import.meta.dirname;
const port = 20_000 + (process.pid % 10_000);
const servers = `nats://127.0.0.1:${port}`;
const dir = mkdtempSync(join(tmpdir(), 'mooring-hosts-'));
const children: ChildProcess[] = [];

try {
  start('nats-server', ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', dir], 'ignore');
  await untilDone(() => installNatsStore({ servers, bytesMax: 64 * 1024 * 1024 }));
  host('controllers.ts', servers);
  host('agent.ts', 'node-a', servers);
  const lost = host('agent.ts', 'node-b', servers);

  // Neither controllers nor a node: this process only looks on.
  const client = { plugins: [], transport: nats({ servers }), controllers: false, scheduler: false } as const;
  await using cluster = await createControllers(client);
  // What is bound stays where it is, so both have to be there first.
  for (const node of ['node-a', 'node-b']) await cluster.waitFor(`Node/${node}`, 'Ready');
  await cluster.apply(await loadManifest(join(here, 'web.yaml')));
  await untilDone(() => expectPods(cluster, ['node-a', 'node-b']));
  console.log('four pods are ready on node-a and node-b');

  lost.kill('SIGKILL');
  const beganMs = performance.now();
  await untilDone(() => expectPods(cluster, ['node-a']));
  console.log(
    `node-b was killed: four pods on node-a after ${Math.round((performance.now() - beganMs) / 1000)} s`,
  );
} finally {
  for (const child of children.reverse()) child.kill();
  await Promise.all(children.map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')));
  rmSync(dir, { recursive: true, force: true });
}

function host(script: string, ...args: readonly string[]): ChildProcess {
  return start(process.execPath, [...process.execArgv, join(here, script), ...args], 'inherit');
}

function start(program: string, args: readonly string[], output: 'inherit' | 'ignore'): ChildProcess {
  // What is killed cannot tidy up after itself: its directories go with ours.
  const env = { ...process.env, TMPDIR: dir };
  const child = spawn(program, args, { stdio: ['ignore', output, 'inherit'], env });
  children.push(child);
  return child;
}

/** Throws unless four pods are ready, and on these nodes. */
async function expectPods(cluster: Cluster, nodes: readonly string[]): Promise<void> {
  const ready = (await cluster.list('Pod', 'default')).filter(
    ({ status }) =>
      status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false,
  );
  const used = [...new Set(ready.map(({ spec }) => spec.nodeName))].toSorted();
  if (ready.length !== 4 || used.join() !== nodes.join())
    throw new Error(`${ready.length} pods on ${used.join()}`);
}

/** Again and again, for two minutes at most. */
async function untilDone(work: () => Promise<void>): Promise<void> {
  for (
    const endMs = performance.now() + 120_000;
    ;
    await new Promise((resolve) => setTimeout(resolve, 200))
  ) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > endMs) throw error;
    }
  }
}
