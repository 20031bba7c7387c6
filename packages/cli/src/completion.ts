/** Completion scripts, written from the table of commands: no shell has to start moor to complete a word. */

import type { CommandDefinition } from './command.ts';
import { type Flag, flagsOf } from './flags.ts';

export const shellNames = ['bash', 'zsh', 'fish'] as const;
export type ShellName = (typeof shellNames)[number];

export function isShellName(name: string): name is ShellName {
  return shellNames.some((known) => known === name);
}

export function completionScript(shell: ShellName, commands: readonly CommandDefinition[]): string {
  return shell === 'fish' ? fishScript(commands) : bashScript(commands, shell);
}

/** zsh reads the completions of bash. */
function bashScript(commands: readonly CommandDefinition[], shell: 'bash' | 'zsh'): string {
  const names = commands.map(({ name }) => name).join(' ');
  const cases = commands.map((command) => {
    const flags = flagsOf(command);
    const values = flags.filter(({ placeholder }) => placeholder !== '').map(bashValues);
    return `    ${command.name})
      case "$before" in
${values.join('\n')}
      esac
      case "$word" in
        -*) COMPREPLY=($(compgen -W '${flags.map(({ flag }) => flag).join(' ')} --help' -- "$word")) ;;
        *) ${bashArguments(command)} ;;
      esac ;;`;
  });
  const head =
    shell === 'zsh'
      ? '# zsh completion of moor; from `moor completion zsh`.\nautoload -U +X bashcompinit && bashcompinit\n'
      : '# bash completion of moor; from `moor completion bash`.\n';
  return `${head}_moor() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${names} help --help --version' -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
    help) COMPREPLY=($(compgen -W '${names} settings' -- "$word")) ;;
${cases.join('\n')}
  esac
}
complete -F _moor moor
`;
}

function bashValues({ flag, short, placeholder, choices }: Flag): string {
  const names = short === undefined ? flag : `${flag}|${short}`;
  if (choices !== undefined)
    return `        ${names}) COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$word")); return ;;`;
  const isDirectory = placeholder === '<directory>';
  const isPath = isDirectory || placeholder === '<file>';
  return isPath
    ? `        ${names}) COMPREPLY=($(compgen ${isDirectory ? '-d' : '-f'} -- "$word")); return ;;`
    : `        ${names}) return ;;`;
}

function bashArguments({ arguments: [first] }: CommandDefinition): string {
  if (first === undefined || first.completes === 'nothing') return ':';
  if (first.completes === 'files') return 'COMPREPLY=($(compgen -f -- "$word"))';
  return `COMPREPLY=($(compgen -W '${first.completes.join(' ')}' -- "$word"))`;
}

function fishScript(commands: readonly CommandDefinition[]): string {
  const lines = ['# fish completion of moor; from `moor completion fish`.', 'complete -c moor -f'];
  for (const command of commands) {
    const { name, summary } = command;
    lines.push(`complete -c moor -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`);
    const on = `complete -c moor -n '__fish_seen_subcommand_from ${name}'`;
    for (const flag of flagsOf(command)) lines.push(`${on} ${fishFlag(flag)}`);
    const completes = command.arguments[0]?.completes;
    if (completes === 'files') lines.push(`${on} -F`);
    else if (typeof completes === 'object') lines.push(`${on} -a ${quoted(completes.join(' '))}`);
  }
  return `${lines.join('\n')}\n`;
}

function fishFlag({ flag, short, placeholder, help, choices }: Flag): string {
  const words = [`-l ${flag.slice(2)}`, ...(short === undefined ? [] : [`-s ${short.slice(1)}`])];
  if (choices !== undefined) words.push(`-x -a ${quoted(choices.join(' '))}`);
  else if (placeholder === '<file>' || placeholder === '<directory>') words.push('-r -F');
  else if (placeholder !== '') words.push('-x');
  return [...words, `-d ${quoted(help)}`].join(' ');
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
