import type { CommandDefinition } from '../command.ts';
import { pauseCommand, resumeCommand, retryCommand, statusCommand, whyCommand } from './client-commands.ts';
import { completionCommand } from './completion-command.ts';
import { agentCommand, apiServerCommand, controllersCommand, upCommand } from './daemon-commands.ts';
import { healCommand, installServiceCommand } from './host-commands.ts';
import { runCommand } from './run-command.ts';

/** In the order of `moor --help`. */
export const allCommands: readonly CommandDefinition[] = [
  runCommand,
  upCommand,
  agentCommand,
  controllersCommand,
  apiServerCommand,
  healCommand,
  statusCommand,
  whyCommand,
  retryCommand,
  pauseCommand,
  resumeCommand,
  installServiceCommand,
  completionCommand,
];
