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
  const controller = new AbortController();
  let clean = () => {};
  // Before there is anything to leave behind.
  onInterrupt((interrupted, isFirst) => {
    if (isFirst) return controller.abort(interrupted);
    // Twice means: now.
    clean();
    process.exit(interrupted.exitCode);
  });
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'mooring-quickstart-')));
  clean = () => sweep(dir);
  startGuard(dir);
  return { dir, signal: controller.signal, clean };
}

function onInterrupt(listener: (interrupted: Interrupted, isFirst: boolean) => void): void {
  let firstMs: number | undefined;
  const interrupt = (name: string, exitCode: number) => {
    const isFirst = firstMs === undefined;
    firstMs ??= performance.now();
    if (isFirst || performance.now() - firstMs > echoMs) listener(new Interrupted(name, exitCode), isFirst);
  };
  for (const [name, exitCode] of Object.entries(exitCodes)) process.on(name, () => interrupt(name, exitCode));
  // Nobody reads any more, as in `npm start | head`.
  process.stdout.on('error', () => interrupt('a closed output', 1));
}

function startGuard(dir: string): void {
  const guard = join(import.meta.dirname, 'guard.ts');
  const child = spawn(process.execPath, [...process.execArgv, guard, dir], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.unref();
}
