/**
 * What the author of a runtime gives to the runtime conformance kit: a way to open the runtime, programs by the role
 * they play, and time. Nothing here says whether time is virtual or real.
 */

import type { ContainerRuntime } from '../contract/container-runtime.ts';

/** What runs in a container: an image and, where the image needs them, a command and arguments. */
export interface ConformanceProgram {
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
}

/** Programs by the role that they play. What a runtime cannot run is left out where that is optional. */
export interface ConformancePrograms {
  /** Runs until it gets its stop signal, then exits 0 at once. */
  readonly runsUntilStopped: ConformanceProgram;
  /** Runs on whatever signal comes, short of KILL. */
  readonly ignoresStop: ConformanceProgram;
  /** Ends at once. */
  exits(code: number): ConformanceProgram;
  /** Prints the lines to standard output, then exits 0. */
  prints(lines: readonly string[]): ConformanceProgram;
  /** Prints the value of an environment variable as its only line, then exits 0. */
  printsVariable(name: string): ConformanceProgram;
  /** The image is there, the command is not. */
  readonly missingCommand: ConformanceProgram;
  /** Dies by a signal that nobody sent through the runtime. */
  readonly diesBySignal?: {
    readonly program: ConformanceProgram;
    readonly signal: string;
    readonly exitCode: number;
  };
  /** Leaves `text` in the termination message file at `path`, then exits 1. */
  leavesMessage?(text: string, path: string): ConformanceProgram;
}

/** Commands to run inside a container of `runsUntilStopped`. */
export interface ConformanceCommands {
  exits(code: number): readonly string[];
  /** Standard output, then standard error. */
  prints(stdout: string, stderr: string): readonly string[];
  printsVariable(name: string): readonly string[];
  /** Prints `bytes` times the letter x. */
  floods(bytes: number): readonly string[];
  readonly hangs: readonly string[];
  /** Copies its standard input to its standard output. */
  readonly echoes?: readonly string[];
  /** Leaves a mark after a while, unless it is killed before. */
  marksAfter(mark: string, delayMs: number): readonly string[];
  /** Exits 0 when the mark is there, otherwise with another code. */
  isMarked(mark: string): readonly string[];
  readonly missing: readonly string[];
}

/** Image references by what becomes of them. */
export interface ConformanceImages {
  /** Can be used; nothing has to be fetched when it is asked for twice. */
  readonly present: string;
  readonly missing: string;
  /** Cannot be parsed as an image reference. */
  readonly invalid: string;
  /** Takes longer to fetch than `deadlineMs`. */
  readonly slow?: string;
}

/** What the author of a runtime gives to the kit. */
export interface RuntimeConformanceContext {
  /** The runtime under test; after `reopen` another instance. */
  readonly runtime: ContainerRuntime;
  /** Drops the instance as a restart of the agent would and opens a fresh one over the same containers. */
  reopen(): Promise<void>;
  readonly programs: ConformancePrograms;
  /** Needed when the runtime is capable of `exec`. */
  readonly commands?: ConformanceCommands;
  readonly images: ConformanceImages;
  /** Milliseconds on the clock that the runtime lives on. */
  nowMs(): number;
  /** Lets this much of that time go by. */
  advance(ms: number): Promise<void>;
  /** How finely to look at the world while waiting for it: some 100 ms where time is virtual, some 10 ms where it is real. */
  readonly stepMs: number;
  /** What every single thing that is waited for must be done within. */
  readonly deadlineMs: number;
  /** A word never given before, for pod UIDs and names. */
  unique(prefix: string): string;
}
