/** A program as a child process in a process group of its own, and what it says. */

import { spawn } from 'node:child_process';

export interface ProgramEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Standard output and error as they came. */
  readonly output: string;
}

export interface Child {
  readonly end: Promise<ProgramEnd>;
  /** What it has said so far. */
  said(): string;
  /** To the whole group; does nothing once that is gone. */
  kill(signal: NodeJS.Signals): void;
  /** Resolves once it has said that; rejects when it ends before. */
  says(words: string): Promise<void>;
  /** Resolves once it has said that many lines, or has ended. */
  lines(count: number): Promise<void>;
}

export interface ProgramOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

export function startProgram(command: string, args: readonly string[], options: ProgramOptions): Child {
  const child = spawn(command, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const listeners = new Set<() => void>();
  const take = (chunk: Buffer) => {
    output += chunk;
    for (const listener of listeners) listener();
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const end = new Promise<ProgramEnd>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal, output }));
  });
  /** Looks now and at each further word; resolves when `isIt` holds. */
  const hears = (isIt: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!isIt()) return;
        listeners.delete(look);
        resolve();
      };
      listeners.add(look);
      look();
    });
  const ended = end.then(() => undefined);
  return {
    end,
    said: () => output,
    kill(signal) {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, signal);
      } catch {
        // All of it has ended.
      }
    },
    async says(words) {
      await Promise.race([hears(() => output.includes(words)), ended]);
      if (!output.includes(words))
        throw new Error(`ended without saying ${JSON.stringify(words)}:\n${output}`);
    },
    lines: (count) => Promise.race([hears(() => output.split('\n').length > count), ended]),
  };
}
