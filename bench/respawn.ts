/**
 * From the crash of a process to the first word of its successor: containers of the process runtime, without an agent,
 * beside a bare `child_process` respawn loop, crash by crash in turn.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContainerConfig } from '../packages/core/src/contract/container-runtime.ts';
import { silentLogger } from '../packages/core/src/contract/logger.ts';
import { systemClock } from '../packages/core/src/engine/system-clock.ts';
import { openProcessRuntime } from '../packages/runtime-process/src/open-process-runtime.ts';
import { defaultOptions } from '../packages/runtime-process/src/options.ts';
import type { ProcessRuntime } from '../packages/runtime-process/src/process-runtime.ts';
import type { BenchResult } from './bench-result.ts';
import { bareKeeper, compete, type Keeper, Pipe, programs } from './keeper.ts';

const ratioMax = 1.3;
const never = new AbortController().signal;

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

const settledMs = 250;

const contests: readonly Contest[] = [
  {
    name: 'runtime alone, crash to running again: shell script',
    ...{ program: programs.shell, crashes: 60, uptimeMs: settledMs, limit: ratioMax },
    config: { terminationMessagePath: '/dev/termination-log' },
    note: 'the least program there is: all of it is overhead',
  },
  {
    name: 'runtime alone, crash to running again: shell script, agent not root',
    ...{ program: programs.shell, crashes: 60, uptimeMs: settledMs, limit: ratioMax, isPlain: true },
    note: 'no mounts and no control groups',
  },
  {
    name: 'runtime alone, crash to running again: shell script with limits',
    ...{ program: programs.shell, crashes: 40, uptimeMs: settledMs, limit: ratioMax },
    config: {
      terminationMessagePath: '/dev/termination-log',
      resources: { limits: { memory: '64Mi', cpu: '500m' } },
    },
    note: 'control groups for memory and CPU, where the host lets us',
  },
  {
    name: 'runtime alone, crash to running again: Node program',
    ...{ program: programs.node, crashes: 15, uptimeMs: settledMs, limit: ratioMax },
    config: { terminationMessagePath: '/dev/termination-log' },
    note: 'what users run',
  },
  {
    name: 'runtime alone, crash to running again: shell script that crashes at once',
    ...{ program: programs.shell, crashes: 30, uptimeMs: 0 },
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
      results.push(await measure(contest, dir, runtime));
    } finally {
      await runtime[Symbol.asyncDispose]();
      rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    }
  }
  return results;
}

async function measure(
  { name, program, crashes, uptimeMs, config = {}, limit, note }: Contest,
  dir: string,
  runtime: ProcessRuntime,
): Promise<BenchResult> {
  const pipes = { ours: new Pipe(join(dir, 'ours')), floor: new Pipe(join(dir, 'floor')) };
  const keepers = {
    ours: containerKeeper(runtime, 'pod', { ...config, command: program(pipes.ours.path) }, pipes.ours),
    floor: bareKeeper(program(pipes.floor.path), pipes.floor),
  };
  const times = await compete(keepers, { crashes, uptimeMs });
  for (const pipe of Object.values(pipes)) pipe.close();
  const figures = { ...times, unit: 'ms', ratio: times.ours / times.floor };
  const result = { name, ...figures, note: `median of ${crashes}; ${note}` };
  return limit === undefined ? result : { ...result, limit };
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
      const up = pipe.firstWord();
      await next();
      await up;
    },
    async crash() {
      // The first byte may be there before the runtime has said that the container is started.
      await starting;
      const { pid } = (await runtime.inspectContainer(current, never)) ?? {};
      if (pid === undefined) throw new Error('the container does not run');
      const up = pipe.firstWord();
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
