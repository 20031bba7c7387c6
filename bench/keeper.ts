/** Things that keep a program alive, and how long they take to bring it back. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from './bench-result.ts';

export interface Keeper {
  /** Starts the program for the first time; resolves when it has said its first word. */
  start(): Promise<void>;
  /** Kills it; resolves when its successor has said its first word. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

/** Programs that say their PID into a named pipe as soon as they run. */
export const programs = {
  shell: (pipe: string) => ['/bin/sh', '-c', `echo $$ >${pipe}; exec sleep 1000`],
  node: (pipe: string) => [
    process.execPath,
    '-e',
    `require('fs').writeFileSync('${pipe}', String(process.pid)); setInterval(() => {}, 1e6)`,
  ],
} as const;

const warmUpCrashes = 3;

/** Crash by crash in turn; gives the median time of each in milliseconds. */
export async function compete(
  keepers: { readonly ours: Keeper; readonly floor: Keeper },
  { crashes, uptimeMs }: { readonly crashes: number; readonly uptimeMs: number },
): Promise<{ readonly ours: number; readonly floor: number }> {
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
  return { ours: median(samples.ours), floor: median(samples.floor) };
}

/** The floor: spawn again on `exit`. Output goes to a file, as a supervisor that may die must have it. */
export function bareKeeper([program = '', ...args]: readonly string[], pipe: Pipe): Keeper {
  const log = openSync(`${pipe.path}.log`, 'a');
  let child: ChildProcess | undefined;
  let isWanted = true;
  const respawn = () => {
    if (!isWanted) return;
    child = spawn(program, args, { detached: true, stdio: ['ignore', log, log] });
    child.once('exit', respawn);
  };
  return {
    async start() {
      const up = pipe.firstWord();
      respawn();
      await up;
    },
    async crash() {
      const up = pipe.firstWord();
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

/** A named pipe that a program says its first word into. */
export class Pipe {
  readonly path: string;
  private readonly socket: Socket;

  constructor(path: string) {
    this.path = path;
    execFileSync('mkfifo', [path]);
    const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    this.socket = new Socket({ fd, readable: true, writable: false });
    this.socket.resume();
  }

  firstWord(): Promise<string> {
    return new Promise((resolve) => this.socket.once('data', (data) => resolve(String(data).trim())));
  }

  close(): void {
    this.socket.destroy();
  }
}
