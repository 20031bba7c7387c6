/**
 * What an agent takes whose containers on a Docker engine are left in peace, beside a bare client that hears of every
 * change and lists them as often; and what it asks of the engine meanwhile. Needs root and an engine on this host.
 */

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { docker, makeBusybox, removeContainersOf } from '../examples/quickstart/docker-images.ts';
import { UnixProxy } from '../test/support/unix-proxy.ts';
import type { BenchOptions, BenchResult } from './bench-result.ts';
import type { AtRest } from './children/idle-agent-report.ts';
import { startTarget } from './targets/start-target.ts';

const amounts = {
  whole: { pods: 100, settleSeconds: 40, watchSeconds: 60 },
  quick: { pods: 5, settleSeconds: 15, watchSeconds: 20 },
} as const;
const image = 'mooring-bench/idle:1';
const socket = (process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock').replace('unix://', '');
const relistSeconds = 10;
const deadlineMs = 300_000;
const mib = 1024 * 1024;

export async function run({ quick }: BenchOptions): Promise<BenchResult[]> {
  const { pods, settleSeconds, watchSeconds } = amounts[quick ? 'quick' : 'whole'];
  const dir = mkdtempSync(join(tmpdir(), 'mooring-bench-idle-'));
  const calls = new Map<string, number>();
  const proxy = new UnixProxy(join(dir, 'engine.sock'), socket, (bytes) => count(bytes, calls));
  const children: ChildProcess[] = [];
  makeBusybox(image);
  try {
    await proxy.open();
    const start = async (name: string, args: readonly string[]) => {
      const child = await startTarget(name, args, ['--max-semi-space-size=1']);
      children.push(child);
      return child;
    };
    const options = JSON.stringify({ dataDir: join(dir, 'agent') });
    const manifests = JSON.stringify(Array.from({ length: pods }, (_, i) => podOf(`idle-${i}`)));
    const agent = await start('docker-agent.mjs', [`unix://${proxy.path}`, manifests, options]);
    await untilRunning(join(dir, 'agent'), pods);
    const bare = await start('bare-lister.mjs', [`unix://${socket}`]);
    await sleep(settleSeconds * 1000);
    calls.clear();
    const [ours, floor] = await Promise.all([usageOf(agent, watchSeconds), usageOf(bare, watchSeconds)]);
    return figures(pods, watchSeconds, { ours, floor, calls });
  } finally {
    // It would go on with its containers, and they outlive it.
    for (const child of children) child.kill('SIGKILL');
    removeContainersOf(keyIn(join(dir, 'agent')));
    docker('rmi', '--force', image);
    await proxy[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

interface Seen {
  readonly ours: AtRest;
  readonly floor: AtRest;
  /** Of the agent, by kind. */
  readonly calls: ReadonlyMap<string, number>;
}

function figures(pods: number, seconds: number, { ours, floor, calls }: Seen): BenchResult[] {
  const title = `an agent with ${pods} pods on a Docker engine, at rest`;
  const figure = (of: (usage: AtRest) => number) => ({
    ours: of(ours),
    floor: of(floor),
    ratio: of(ours) / of(floor),
  });
  const perSecond = (of: (kind: string) => boolean) =>
    [...calls].reduce((sum, [kind, times]) => sum + (of(kind) ? times : 0), 0) / seconds;
  const all = perSecond(() => true);
  const single = perSecond((kind) => kind.includes('{id}'));
  const kinds = [...calls].map(([kind, times]) => `${kind} ${(times / seconds).toFixed(2)}`).join(', ');
  return [
    {
      name: `${title}: memory of its process (RSS)`,
      ...figure(({ rssBytes }) => rssBytes / mib),
      ...{ unit: 'MiB', oursMax: 80 },
      note: 'node --max-semi-space-size=1; floor: a bare client that hears of every change and lists all as often',
    },
    {
      name: `${title}: CPU`,
      ...figure(({ cpuShare }) => cpuShare * 100),
      ...{ unit: '%', oursMax: 1 },
      note: `of one core; ${seconds} s watched`,
    },
    {
      name: `${title}: calls to the engine a second`,
      ...{ ours: all, floor: 1 / relistSeconds, ratio: all * relistSeconds, unit: 'calls', oursMax: 1 },
      note: `floor: one list each ${relistSeconds} s; by kind: ${kinds || 'none'}`,
    },
    {
      name: `${title}: calls about single containers a second`,
      ...{ ours: single, floor: pods / relistSeconds, ratio: (single * relistSeconds) / pods, unit: 'calls' },
      oursMax: 0,
      note: `floor: one for each container each ${relistSeconds} s`,
    },
  ];
}

function podOf(name: string) {
  const containers = [{ name: 'main', image, command: ['sleep', '100000'] }];
  return {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name } },
    spec: { terminationGracePeriodSeconds: 0, containers },
  };
}

/** Each request begins with its method and path; a client of one connection at a time sends none before the last answer. */
function count(bytes: Buffer, calls: Map<string, number>): void {
  const [, method, path = ''] =
    /^(GET|HEAD|POST|PUT|DELETE) ([^ ?]+)\S* HTTP\//.exec(bytes.toString('latin1')) ?? [];
  if (method === undefined) return;
  const kind = `${method} ${path.replace(/[0-9a-f]{64}/, '{id}')}`;
  calls.set(kind, (calls.get(kind) ?? 0) + 1);
}

async function untilRunning(dataDir: string, pods: number): Promise<void> {
  const filters = [`label=mooring.dev/agent=${keyIn(dataDir)}`, 'label=mooring.dev/kind=container'];
  const running = () =>
    docker('ps', '--quiet', ...filters.flatMap((filter) => ['--filter', filter]))
      .split('\n')
      .filter((id) => id !== '');
  for (const endMs = performance.now() + deadlineMs; running().length < pods; await sleep(1000))
    if (performance.now() > endMs) throw new Error(`not within ${deadlineMs / 1000} s: ${pods} pods run`);
}

/** What tells the containers of this agent from all others. */
function keyIn(dataDir: string): string | undefined {
  try {
    const text = readFileSync(join(dataDir, 'nodes/node-a/runtime/docker-agent.json'), 'utf8');
    return (JSON.parse(text) as { readonly key: string }).key;
  } catch {
    // It was not started.
    return undefined;
  }
}

async function usageOf(child: ChildProcess, seconds: number): Promise<AtRest> {
  const answer = once(child, 'message');
  child.send(seconds);
  return (await answer)[0] as AtRest;
}
