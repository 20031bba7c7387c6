/**
 * From the crash of a process to the first byte of its successor: containers of the process runtime beside a bare
 * `child_process` respawn loop, crash by crash in turn.
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerConfig } from '../packages/core/src/contract/container-runtime.ts';
import { silentLogger } from '../packages/core/src/contract/logger.ts';
import { systemClock } from '../packages/core/src/engine/system-clock.ts';
import { openProcessRuntime } from '../packages/runtime-process/src/open-process-runtime.ts';
import { defaultOptions } from '../packages/runtime-process/src/options.ts';
import type { ProcessRuntime } from '../packages/runtime-process/src/process-runtime.ts';
import { type BenchResult, median } from './bench-result.ts';

const ratioMax = 1.3;
const warmUpCrashes = 3;
const never = new AbortController().signal;

/** Something that keeps a program alive. */
interface Keeper {
  /** Starts the program for the first time. */
  start(): Promise<void>;
  /** Kills it; resolves when its successor has said its first byte. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

interface Contest {
  readonly name: string;
  readonly program: (pipe: string) => readonly string[];
  readonly crashes: number;
  /** What a process runs before it crashes again. */
  readonly uptimeMs: number;
  readonly config?: Partial<ContainerConfig>;
  /** As an agent has it that is not root: no mounts, no control groups. */
  readonly isPlain?: boolean;
  readonly limit?: number;
  readonly note: string;
}

const shell = (pipe: string) => ['/bin/sh', '-c', `echo up >${pipe}; exec sleep 1000`];
const node = (pipe: string) => [
  process.execPath,
  '-e',
  `require('fs').writeFileSync('${pipe}', 'up'); setInterval(() => {}, 1e6)`,
];
const settledMs = 250;

const contests: readonly Contest[] = [
  {
    name: 'crash to running again, shell script',
    ...{ program: shell, crashes: 60, uptimeMs: settledMs, limit: ratioMax },
    config: { terminationMessagePath: '/dev/termination-log' },
    note: 'the least program there is: all of it is overhead',
  },
  {
    name: 'crash to running again, shell script, agent not root',
    ...{ program: shell, crashes: 60, uptimeMs: settledMs, limit: ratioMax, isPlain: true },
    note: 'no mounts and no control groups',
  },
  {
    name: 'crash to running again, shell script with limits',
    ...{ program: shell, crashes: 40, uptimeMs: settledMs, limit: ratioMax },
    config: {
      terminationMessagePath: '/dev/termination-log',
      resources: { limits: { memory: '64Mi', cpu: '500m' } },
    },
    note: 'control groups for memory and CPU, where the host lets us',
  },
  {
    name: 'crash to running again, Node program',
    ...{ program: node, crashes: 15, uptimeMs: settledMs, limit: ratioMax },
    config: { terminationMessagePath: '/dev/termination-log' },
    note: 'what users run',
  },
  {
    name: 'crash to running again, shell script that crashes at once',
    ...{ program: shell, crashes: 30, uptimeMs: 0 },
    config: { terminationMessagePath: '/dev/termination-log' },
    note: 'no time to prepare the successor; the kubelet backs off after the first of these',
  },
];

export async function run(): Promise<BenchResult[]> {
  const results: BenchResult[] = [];
  for (const contest of contests) {
    const dir = mkdtempSync(join(tmpdir(), 'mooring-respawn-'));
    const limits = contest.isPlain === true ? ({ mounts: 'off', cgroups: 'off' } as const) : {};
    const runtime = await openProcessRuntime(
      { nodeName: 'respawn', dataDir: dir, clock: systemClock, logger: silentLogger },
      { ...defaultOptions, ...limits, images: { program: [] } },
    );
    try {
      results.push(await compete(contest, dir, runtime));
    } finally {
      await runtime[Symbol.asyncDispose]();
      rmSync(dir, { recursive: true, force: true });
    }
  }
  return results;
}

async function compete(
  { name, program, crashes, uptimeMs, config = {}, limit, note }: Contest,
  dir: string,
  runtime: ProcessRuntime,
): Promise<BenchResult> {
  const pipes = { ours: new Pipe(join(dir, 'ours')), floor: new Pipe(join(dir, 'floor')) };
  const keepers = {
    ours: containerKeeper(runtime, 'pod', { ...config, command: program(pipes.ours.path) }, pipes.ours),
    floor: bareKeeper(program(pipes.floor.path), pipes.floor),
  };
  const samples = { ours: [] as number[], floor: [] as number[] };
  for (const keeper of Object.values(keepers)) await keeper.start();
  for (let crash = -warmUpCrashes; crash < crashes; crash += 1) {
    // Who goes first changes, for the one may pay for what the other left behind.
    const order = crash % 2 === 0 ? (['ours', 'floor'] as const) : (['floor', 'ours'] as const);
    await sleep(uptimeMs);
    for (const who of order) {
      const startMs = performance.now();
      await keepers[who].crash();
      if (crash >= 0) samples[who].push(performance.now() - startMs);
    }
  }
  for (const keeper of Object.values(keepers)) await keeper.stop();
  for (const pipe of Object.values(pipes)) pipe.close();
  const [ours, floor] = [median(samples.ours), median(samples.floor)];
  const result = {
    name,
    ours,
    floor,
    unit: 'ms',
    ratio: ours / floor,
    note: `median of ${crashes}; ${note}`,
  };
  return limit === undefined ? result : { ...result, limit };
}

/** The floor: spawn again on `exit`. Output goes to a file, as a supervisor that may die must have it. */
function bareKeeper([program = '', ...args]: readonly string[], pipe: Pipe): Keeper {
  const log = openSync(`${pipe.path}.log`, 'a');
  let child: ChildProcess | undefined;
  // What a container gets: Node starts in half the time without some variables of a developer.
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] };
  let isWanted = true;
  const respawn = () => {
    if (!isWanted) return;
    child = spawn(program, args, { detached: true, stdio: ['ignore', log, log], env });
    child.once('exit', respawn);
  };
  return {
    async start() {
      const up = pipe.firstByte();
      respawn();
      await up;
    },
    async crash() {
      const up = pipe.firstByte();
      child?.kill('SIGKILL');
      await up;
    },
    async stop() {
      isWanted = false;
      child?.kill('SIGKILL');
      closeSync(log);
    },
  };
}

/** Ours: create and start the next instance on the event of the exit, as the kubelet does. */
function containerKeeper(
  runtime: ProcessRuntime,
  podUID: string,
  changes: Partial<ContainerConfig>,
  pipe: Pipe,
): Keeper {
  const ended = new AbortController();
  const sandbox = createSandbox(runtime, podUID);
  let attempt = 0;
  let current = '';
  let starting: Promise<void> = Promise.resolve();
  const next = async () => {
    current = await runtime.createContainer(configOf(podUID, await sandbox, attempt++, changes), never);
    await runtime.startContainer(current, never);
  };
  const restarting = (async () => {
    for await (const { type, containerID } of runtime.events(ended.signal)) {
      if (type !== 'exited' || containerID !== current) continue;
      const dead = current;
      starting = next();
      await starting;
      await runtime.removeContainer(dead, never);
    }
  })();
  return {
    async start() {
      const up = pipe.firstByte();
      await next();
      await up;
    },
    async crash() {
      // The first byte may be there before the runtime has said that the container is started.
      await starting;
      const { pid } = (await runtime.inspectContainer(current, never)) ?? {};
      if (pid === undefined) throw new Error('the container does not run');
      const up = pipe.firstByte();
      process.kill(pid, 'SIGKILL');
      await up;
    },
    async stop() {
      ended.abort();
      await restarting;
      await runtime.stopContainer(current, 0, never);
      await runtime.removeContainer(current, never);
      await runtime.removeSandbox(await sandbox, never);
    },
  };
}

async function createSandbox(runtime: ProcessRuntime, podUID: string): Promise<string> {
  const pod = { podUID, podName: podUID, namespace: 'default', hostname: podUID };
  const config = { ...pod, attempt: 0, hostNetwork: false, labels: {}, ports: [] };
  return (await runtime.createSandbox(config, never)).id;
}

function configOf(
  podUID: string,
  sandboxID: string,
  attempt: number,
  changes: Partial<ContainerConfig>,
): ContainerConfig {
  return {
    ...{ name: `${podUID}_main_${attempt}`, sandboxID, podUID, podName: podUID, namespace: 'default' },
    ...{ containerName: 'main', attempt, labels: {}, image: 'program', imageRef: 'program', env: [] },
    ...{ mounts: [], ports: [], resources: {}, stdin: false, tty: false },
    ...changes,
  };
}

/** A named pipe that a program says its first byte into. */
class Pipe {
  readonly path: string;
  private readonly socket: Socket;

  constructor(path: string) {
    this.path = path;
    execFileSync('mkfifo', [path]);
    const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    this.socket = new Socket({ fd, readable: true, writable: false });
    this.socket.resume();
  }

  firstByte(): Promise<void> {
    return new Promise((resolve) => this.socket.once('data', () => resolve()));
  }

  close(): void {
    this.socket.destroy();
  }
}
