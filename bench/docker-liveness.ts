/**
 * From the moment that a program says it is ill until its next instance answers: under an agent with a liveness probe, and
 * under Docker's own HEALTHCHECK with a loop beside it that restarts what is unhealthy. Both ask each second, with the same
 * patience; the container is the same, and joins the network of another one. Needs root and an engine on this host.
 */

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { docker, makeBusybox } from '../examples/quickstart/docker-images.ts';
import { type BenchOptions, type BenchResult, median, percentile } from './bench-result.ts';
import { startTarget } from './targets/start-target.ts';

const image = 'mooring-bench/liveness:1';
const socket = (process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock').replace('unix://', '');
const port = 8080;
/** Where the file lies that is served as the program's health. */
const folder = '/tmp/served';
/** Heeds TERM, so that nobody has to wait for the end of a grace period. */
const script =
  `trap "exit 0" TERM; mkdir -p ${folder}; echo well >${folder}/healthz; ` +
  `httpd -p ${port} -h ${folder}; while :; do sleep 3600 & wait $!; done`;
const periodMs = 1000;
const pollMs = 20;
const deadlineMs = 60_000;

/** One that brings a sick program back. */
interface Keeper {
  /** Of the container that runs, as soon as it is known to be well. */
  pid(): Promise<number>;
  readonly address: string;
}

export async function run({ quick }: BenchOptions): Promise<BenchResult[]> {
  makeBusybox(image);
  try {
    const atOnce = await contest(1, quick ? 5 : 20);
    return quick ? atOnce : [...atOnce, ...(await contest(3, 20))];
  } finally {
    docker('rmi', '--force', image);
  }
}

async function contest(failures: number, rounds: number): Promise<BenchResult[]> {
  const name = `mooring-bench-ill-${process.pid}-${failures}`;
  const children: ChildProcess[] = [];
  const times = { ours: [] as number[], theirs: [] as number[] };
  try {
    const theirs = await startChecked(name, failures, children);
    const ours = await startProbed(name, failures, children);
    // In turn, so that each has the same neighbours; at another moment of the second in each round.
    for (let round = 0; round < rounds; round += 1)
      for (const [who, keeper] of Object.entries({ ours, theirs }) as [keyof typeof times, Keeper][]) {
        const pid = await keeper.pid();
        await sleep(periodMs + (((round * 7) % rounds) / rounds) * periodMs);
        times[who].push(await fallIll(pid, keeper.address));
      }
  } finally {
    for (const child of children) await ended(child);
    docker('rm', '--force', '--volumes', name, `${name}-network`);
  }
  return figures(times, failures, rounds);
}

function figures(
  { ours, theirs }: Readonly<Record<'ours' | 'theirs', readonly number[]>>,
  failures: number,
  rounds: number,
): BenchResult[] {
  const title = `Docker: ill after ${failures} failed ${failures === 1 ? 'check' : 'checks'}, until the next instance answers`;
  const waits = 'floor: HEALTHCHECK, and a loop that restarts what is unhealthy; both look each second';
  const figure = (words: string, of: (values: readonly number[]) => number) => ({
    name: `${title}, ${words}`,
    ...{ ours: of(ours), floor: of(theirs), unit: 'ms', ratio: of(ours) / of(theirs) },
  });
  const middle = figure('median', median);
  const slow = figure('95th percentile', (values) => percentile(values, 95));
  // Of three checks a second apart two seconds are the rule, for both: no keeper can make less of them.
  const limit = failures === 1 ? { limit: 0.5 } : {};
  return [
    { ...middle, ...limit, note: `of ${rounds}, in turn; ${waits}` },
    { ...slow, ...limit },
  ];
}

/** A container with a HEALTHCHECK, and the loop. */
async function startChecked(name: string, failures: number, children: ChildProcess[]): Promise<Keeper> {
  docker('run', '--detach', '--name', `${name}-network`, image, 'sleep', '3600');
  const label = `mooring.bench=${name}`;
  const check = ['--health-cmd', `busybox wget -q -O /dev/null http://127.0.0.1:${port}/healthz`];
  const pace = ['--health-interval', '1s', '--health-timeout', '1s', '--health-retries', String(failures)];
  const joins = ['--network', `container:${name}-network`, '--label', label];
  docker('run', '--detach', '--name', name, ...joins, ...check, ...pace, image, 'sh', '-c', script);
  children.push(await startTarget('heal-loop.mjs', [socket, label]));
  const isWell = () => docker('inspect', '--format', '{{.State.Health.Status}}', name) === 'healthy';
  return {
    address: addressOf(`${name}-network`),
    async pid() {
      await until('Docker says that it is healthy', isWell);
      return pidOf(name);
    },
  };
}

/** The same container in a pod. */
async function startProbed(name: string, failures: number, children: ChildProcess[]): Promise<Keeper> {
  const livenessProbe = {
    httpGet: { path: '/healthz', port },
    ...{ periodSeconds: 1, timeoutSeconds: 1, failureThreshold: failures },
  };
  // The weight that the engine gives to containers of its own. Without a request it would be next to nothing.
  const resources = { requests: { cpu: '1' } };
  const container = { name: 'main', image, command: ['sh', '-c', script], resources, livenessProbe };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers: [container] } };
  // Each end is forgiven, as the loop forgives; what is to follow is made ahead at the first relist.
  const options = { crashLoop: { resetAfterMs: 200 }, relistMs: 2000 };
  const args = [`unix://${socket}`, JSON.stringify([pod]), JSON.stringify(options)];
  children.push(await startTarget('docker-agent.mjs', args));
  const found = (...filters: readonly string[]) =>
    docker(
      ...['ps', '--all', '--quiet', '--no-trunc', '--filter', `label=io.kubernetes.pod.name=${name}`],
      ...filters.flatMap((filter) => ['--filter', filter]),
    );
  const running = () => found('label=mooring.dev/kind=container', 'status=running');
  await until('the pod runs', () => running() !== '');
  return {
    address: addressOf(found('label=mooring.dev/kind=sandbox')),
    async pid() {
      const isNextMade = () => found('label=mooring.dev/spare', 'status=created') !== '';
      await until('the pod runs, and the next container is made', () => running() !== '' && isNextMade());
      return pidOf(running());
    },
  };
}

function pidOf(container: string): number {
  return Number(docker('inspect', '--format', '{{.State.Pid}}', container));
}

function addressOf(container: string): string {
  return docker('inspect', '--format', '{{.NetworkSettings.IPAddress}}', container);
}

/** Milliseconds from the loss of its health to the first answer of the next instance. */
async function fallIll(pid: number, address: string): Promise<number> {
  await until('it answers', () => isWell(address));
  rmSync(`/proc/${pid}/root${folder}/healthz`);
  const beganMs = performance.now();
  await until('the next instance answers', () => isWell(address));
  return performance.now() - beganMs;
}

function isWell(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = get({ host: address, port, path: '/healthz', agent: false, timeout: 1000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => resolve(false));
  });
}

async function until(what: string, isMet: () => boolean | Promise<boolean>): Promise<void> {
  for (const endMs = performance.now() + deadlineMs; !(await isMet()); await sleep(pollMs))
    if (performance.now() > endMs) throw new Error(`not within ${deadlineMs / 1000} s: ${what}`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
