/** A container that crashes again and again under an agent, beside a bare respawn loop. Arguments: program (0 shell, 1 Node), crashes. */

import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAgent } from '@mooring/core';
import { processRuntime } from '@mooring/runtime-process';
import { bareKeeper, compete, type Keeper, Pipe, programs } from '../keeper.ts';
import { ready, report } from './conversation.ts';

const [which = 0, crashes = 20] = process.argv.slice(2).map(Number);
const program = which === 1 ? programs.node : programs.shell;

const uptimeMs = 250;
/** Below the uptime: each crash is forgiven, and its restart is the immediate one. */
const resetAfterMs = 100;

const dir = await mkdtemp(join(tmpdir(), 'mooring-crash-'));
const pipes = { ours: new Pipe(join(dir, 'ours')), floor: new Pipe(join(dir, 'floor')) };
await ready();
const times = await compete(
  { ours: agentKeeper(pipes.ours), floor: bareKeeper(program(pipes.floor.path), pipes.floor) },
  { crashes, uptimeMs },
);
for (const pipe of Object.values(pipes)) pipe.close();
await rm(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
report(times);

function agentKeeper(pipe: Pipe): Keeper {
  // In the command of a container `$$` is one dollar.
  const command = program(pipe.path).map((word) => word.replaceAll('$', '$$$$'));
  const container = { name: 'main', image: 'program', imagePullPolicy: 'IfNotPresent', command };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'crasher' },
    spec: { terminationGracePeriodSeconds: 1, containers: [container] },
  };
  const starting = createAgent({
    name: 'node-a',
    dataDir: join(dir, 'agent'),
    crashLoop: { resetAfterMs },
    plugins: [processRuntime({ images: { program: [] } })],
  });
  let pid = '';
  return {
    async start() {
      const agent = await starting;
      const up = pipe.firstWord();
      await agent.apply(pod);
      pid = await up;
    },
    async crash() {
      // By its own word it is this one; killing another would be worse than no figure.
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      if (!words.includes('sleep') && !words.includes(process.execPath))
        throw new Error(`${pid} is not ours`);
      const up = pipe.firstWord();
      process.kill(Number(pid), 'SIGKILL');
      pid = await up;
    },
    stop: async () => (await starting).close(),
  };
}
