/** One run: a directory of its own, and the promise that neither it nor any process of it is left behind. */

import { spawn } from 'node:child_process';
import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sweep } from './processes.ts';

export interface Run {
  readonly dir: string;
  /** Aborts when the user wants it to end; its reason is an `Interrupted`. */
  readonly signal: AbortSignal;
  /** Ends what has not ended by itself. */
  clean(): void;
}

export class Interrupted extends Error {
  /** By the custom of shells. */
  readonly exitCode: number;

  constructor(name: string, exitCode: number) {
    super(`interrupted by ${name}`);
    this.exitCode = exitCode;
  }
}

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
/** `npm` and loaders pass on a signal that the terminal has sent to everybody already: that is no second wish. */
const echoMs = 500;

export function beginRun(): Run {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'mooring-quickstart-')));
  const guard = spawn(process.execPath, [...process.execArgv, join(import.meta.dirname, 'guard.ts'), dir], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  const controller = new AbortController();
  let interruptedMs: number | undefined;
  const interrupt = (name: string, exitCode: number) => {
    if (interruptedMs === undefined) {
      interruptedMs = performance.now();
      controller.abort(new Interrupted(name, exitCode));
    } else if (performance.now() - interruptedMs > echoMs) {
      // Twice means: now.
      sweep(dir);
      process.exit(exitCode);
    }
  };
  for (const [name, exitCode] of Object.entries(exitCodes)) process.on(name, () => interrupt(name, exitCode));
  // Nobody reads any more, as in `npm start | head`.
  process.stdout.on('error', () => interrupt('a closed output', 1));
  return { dir, signal: controller.signal, clean: () => sweep(dir) };
}
