/**
 * Completion scripts, written from the table of commands: no shell has to start moor to complete a word, but for the names of pods and
 * namespaces, which only a cluster knows.
 */

import type { CommandDefinition } from './command.ts';
import { bashScript } from './completion/bash.ts';
import { fishScript } from './completion/fish.ts';
import { zshScript } from './completion/zsh.ts';

export const shellNames = ['bash', 'zsh', 'fish'] as const;
export type ShellName = (typeof shellNames)[number];

export function isShellName(name: string): name is ShellName {
  return shellNames.some((known) => known === name);
}

export function completionScript(shell: ShellName, commands: readonly CommandDefinition[]): string {
  return scripts[shell](commands);
}

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript };
