/** What a command of moor is: its place in help and completion, the settings that it heeds, and what it does. */

import type { Logger } from '@mooring/core';
import type { Paint } from './output/paint.ts';
import type { SettingKey, Settings } from './settings/table.ts';
import type { Shell } from './shell.ts';

export interface ArgumentDefinition {
  readonly name: string;
  readonly help: string;
  readonly isMany?: boolean;
  readonly isOptional?: boolean;
  /** What completion offers. */
  readonly completes: 'files' | 'pods' | 'nothing' | readonly string[];
}

/** A flag of one command, which is no setting. */
export interface OptionDefinition {
  /** `--tail`, `-n`. */
  readonly flag: string;
  readonly short?: string;
  /** `<lines>`; absent for a flag without a value. */
  readonly placeholder?: string;
  readonly help: string;
  readonly choices?: readonly string[];
}

export interface CommandDefinition {
  readonly name: string;
  readonly summary: string;
  /** Further lines of its help. */
  readonly details?: string;
  readonly arguments: readonly ArgumentDefinition[];
  readonly settings: readonly SettingKey[];
  readonly options: readonly OptionDefinition[];
  /** Command lines, with what they do. */
  readonly examples: readonly (readonly [command: string, words: string])[];
  /** Resolves with the exit code. */
  run(context: CommandContext): Promise<number>;
}

export interface CommandContext {
  readonly shell: Shell;
  readonly args: readonly string[];
  /** By flag without its dashes: `tail`. Absent when not given. */
  readonly options: Readonly<Record<string, string | true | undefined>>;
  readonly settings: Settings;
  /** Where the value of a setting comes from; absent for defaults. */
  readonly origins: Readonly<Partial<Record<SettingKey, string>>>;
  /** For standard error. */
  readonly paint: Paint;
  /** For standard output. */
  readonly paintOut: Paint;
  /** A line of words. */
  say(line: string): void;
  /** `quiet`: nothing below it is logged, unless a setting says otherwise. */
  log(quietest: 'info' | 'warn'): Promise<Logger>;
}
