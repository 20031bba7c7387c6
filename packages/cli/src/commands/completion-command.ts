import type { CommandDefinition } from '../command.ts';
import { completionScript, isShellName, shellNames } from '../completion.ts';
import { exitCodes } from '../exit-codes.ts';
import { UserError } from '../user-error.ts';

export const completionCommand: CommandDefinition = {
  name: 'completion',
  summary: 'print a script that completes commands and flags in your shell',
  arguments: [{ name: 'shell', help: shellNames.join(', '), completes: shellNames }],
  settings: [],
  options: [],
  examples: [
    ['source <(moor completion bash)', 'in ~/.bashrc'],
    ['source <(moor completion zsh)', 'in ~/.zshrc, after compinit'],
    ['moor completion fish >~/.config/fish/completions/moor.fish', 'for fish'],
  ],
  async run({ args: [shell = ''], shell: { out } }) {
    if (!isShellName(shell))
      throw new UserError(`there is no completion for ${JSON.stringify(shell)}`, {
        next: `It must be one of ${shellNames.join(', ')}.`,
      });
    // Here, as the table of commands has this one in it.
    const { allCommands } = await import('./all-commands.ts');
    out.write(completionScript(shell, allCommands));
    return exitCodes.ok;
  },
};
