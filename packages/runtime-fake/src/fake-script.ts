/**
 * What a fake container does, as plain data. Ten thousand of them cost next to nothing: a script without a `program`
 * is at most one timer.
 */

import type { FakeService } from './fake-network.ts';
import type { FakeProgram } from './fake-process.ts';

/** What one life of a container is. */
export interface FakeScript {
  /** Ends by itself this long after its start. Absent: it runs until it is stopped. */
  readonly exitAfterMs?: number;
  /** The code it ends with by itself; 0 when absent. */
  readonly exitCode?: number;
  /** It ends by this signal (`SIGSEGV`) instead of with a code. */
  readonly signal?: string;
  /** It ends because it used up its memory: killed, and reported as `OOMKilled`. */
  readonly oomKilled?: boolean;
  /** The answer to the stop signal; absent: it exits 0 at once. `ignore`: it runs on until it is killed. */
  readonly onStop?: 'ignore' | { readonly afterMs?: number; readonly exitCode?: number };
  /** It never starts: `START_FAILED`, with these words. */
  readonly startError?: string;
  /** Lines that it prints when it starts. */
  readonly logs?: readonly string[];
  /** What it leaves in its termination message file. */
  readonly lastWords?: string;
  /** What it serves on which port while it runs. */
  readonly listens?: Readonly<Record<number, FakeService>>;
  /** Code to run instead of all of the above (but `startError`, `logs` and `listens`). */
  readonly program?: FakeProgram;
}

/** Runs until it is told to stop, then exits 0. */
export const runsForever: FakeScript = {};

/** Runs until it is killed, whatever it is told. */
export const ignoresStop: FakeScript = { onStop: 'ignore' };

/** Ends with this code, so long after its start. */
export function exits(exitCode: number, exitAfterMs = 0): FakeScript {
  return { exitCode, exitAfterMs };
}

/** Ends by this signal (`SIGSEGV`), so long after its start. */
export function diesBy(signal: string, exitAfterMs = 0): FakeScript {
  return { signal, exitAfterMs };
}

/** Is killed for want of memory, so long after its start: 137 `OOMKilled`. */
export function runsOutOfMemory(exitAfterMs = 0): FakeScript {
  return { oomKilled: true, exitAfterMs };
}

/** Cannot be started: 128 `StartError` with these words. */
export function neverStarts(startError: string): FakeScript {
  return { startError };
}

/** Runs a program in virtual time; what it returns is its exit code. */
export function runs(program: FakeProgram): FakeScript {
  return { program };
}
