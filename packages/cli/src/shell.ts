/** Where moor runs: what it reads, where it writes, and how it is told to stop. */

import type { Clock } from '@mooring/core';
import type { Interrupts } from './interrupts.ts';

/** A stream that text is written to: `process.stdout` is one. */
export interface Output {
  readonly isTTY?: boolean;
  readonly rows?: number;
  readonly columns?: number;
  /** Read by the journal of systemd, which has time and level beside each line. */
  readonly isJournal?: boolean;
  write(text: string): unknown;
}

/** The variables of the environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything that a command touches outside of itself, so that a test or another program can bring its own. */
export interface Shell {
  /** Data, and nothing else: what a script reads. */
  readonly out: Output;
  /** Words for people. */
  readonly err: Output;
  readonly env: Environment;
  /** Absolute. Throws a `UserError` where it is not there any more. */
  readonly cwd: string;
  readonly clock: Clock;
  readonly interrupts: Interrupts;
  /** Calls back each time that moor goes on after a stop, as by Ctrl-Z and `fg`. */
  onContinue?(listener: () => void): void;
  /** All of standard input. */
  readInput(): Promise<string>;
}
