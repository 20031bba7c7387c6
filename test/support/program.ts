/** A program as a child process in a process group of its own, and what it says. */

import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ProgramEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Standard output and error as they came. */
  readonly output: string;
}

export interface Child {
  readonly end: Promise<ProgramEnd>;
  /** To the whole group; does nothing once that is gone. */
  kill(signal: NodeJS.Signals): void;
  /** Resolves once it has said that; rejects when it ends before. */
  says(words: string): Promise<void>;
  /** Resolves after so many milliseconds, or when it has ended. */
  after(ms: number): Promise<void>;
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
  return {
    end,
    kill(signal) {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, signal);
      } catch {
        // All of it has ended.
      }
    },
    says: (words) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!output.includes(words)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
        void end.then(() => reject(new Error(`ended without saying ${JSON.stringify(words)}:\n${output}`)));
      }),
    after: async (ms) => {
      await Promise.race([sleep(ms), end]);
    },
  };
}
