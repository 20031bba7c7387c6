import type { CommandDefinition } from '../command.ts';
import { completionCommand } from './completion-command.ts';
import { runCommand } from './run-command.ts';

/** In the order of `moor --help`. */
export const allCommands: readonly CommandDefinition[] = [runCommand, completionCommand];
