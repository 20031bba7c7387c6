import { clientOptions } from '../client/client-options.ts';
import type { CommandDefinition } from '../command.ts';
import { nameKinds } from '../completion/values.ts';
import { completionScript, isShellName, shellNames } from '../completion.ts';
import { exitCodes } from '../exit-codes.ts';
import { UserError } from '../user-error.ts';

export const completionCommand: CommandDefinition = {
  name: 'completion',
  summary: 'print a script that completes commands, flags and names in your shell',
  details: `The script asks the cluster for names of pods and namespaces, by \`moor completion ${nameKinds.join('` and `moor completion ')}\`.`,
  arguments: [{ name: 'shell', help: shellNames.join(', '), completes: shellNames }],
  settings: [],
  options: clientOptions,
  examples: [
    ['source <(moor completion bash)', 'in ~/.bashrc'],
    ['source <(moor completion zsh)', 'in ~/.zshrc, after compinit'],
    ['moor completion fish >~/.config/fish/completions/moor.fish', 'for fish'],
  ],
  async run(context) {
    const { args, shell } = context;
    const [what = ''] = args;
    const kind = nameKinds.find((known) => known === what);
    if (kind !== undefined) return await (await import('../client/names.ts')).listNames(context, kind);
    if (!isShellName(what))
      throw new UserError(`there is no completion for ${JSON.stringify(what)}`, {
        next: `It must be one of ${shellNames.join(', ')}.`,
      });
    // Here, as the table of commands has this one in it.
    const { allCommands } = await import('./all-commands.ts');
    shell.out.write(completionScript(what, allCommands));
    return exitCodes.ok;
  },
};
