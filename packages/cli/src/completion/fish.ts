import type { CommandDefinition } from '../command.ts';
import { type Flag, flagsOf } from '../flags.ts';
import { clusterFlags, type Values, valuesOfArgument, valuesOfFlag } from './values.ts';

export function fishScript(commands: readonly CommandDefinition[]): string {
  const lines = [
    '# fish completion of moor; from `moor completion fish`.',
    helpers,
    'complete -c moor -f',
    'complete -c moor -n __moor_is_first -l help',
    'complete -c moor -n __moor_is_first -l version',
    'complete -c moor -n __moor_is_first -a help',
    `complete -c moor -n '__moor_is help' -a ${quoted([...commands.map(({ name }) => name), 'settings'].join(' '))}`,
  ];
  for (const command of commands) {
    const { name, summary, arguments: args } = command;
    lines.push(`complete -c moor -n __moor_is_first -a ${name} -d ${quoted(summary)}`);
    const on = `complete -c moor -n '__moor_is ${name}'`;
    for (const flag of flagsOf(command)) lines.push(`${on} ${flagWords(flag)}`);
    lines.push(`${on} -l help`);
    const values = valuesOfArgument(args[0]);
    if (values.kind !== 'nothing') lines.push(`${on} ${valueWords(values)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** The command is the first word, wherever its name stands besides. */
const helpers = `function __moor_is_first
    test (count (commandline -opc)) -eq 1
end
function __moor_is
    set -l words (commandline -opc)
    test (count $words) -gt 1; and test $words[2] = $argv[1]
end
# Names of objects, of the cluster and namespace that the line says.
function __moor_names
    set -l words (commandline -opc)
    set -l flags
    for i in (seq (count $words))
        switch $words[$i]
            case ${clusterFlags.join(' ')}
                set -a flags $words[$i] $words[(math $i + 1)]
            case ${clusterFlags
              .filter((flag) => flag.startsWith('--'))
              .map((flag) => `'${flag}=*'`)
              .join(' ')}
                set -a flags $words[$i]
        end
    end
    moor completion $argv[1] $flags 2>/dev/null
end`;

function flagWords(flag: Flag): string {
  const { flag: name, short, help } = flag;
  const values = valuesOfFlag(flag);
  const words = [`-l ${name.slice(2)}`, ...(short === undefined ? [] : [`-s ${short.slice(1)}`])];
  if (values !== undefined) words.push(values.kind === 'nothing' ? '-x' : `-r ${valueWords(values)}`);
  return [...words, `-d ${quoted(help)}`].join(' ');
}

function valueWords(values: Values): string {
  switch (values.kind) {
    case 'nothing':
      return '-f';
    case 'files':
      return '-F';
    case 'directories':
      return "-f -a '(__fish_complete_directories)'";
    case 'words':
      return `-f -a ${quoted(values.words.join(' '))}`;
    default:
      return `-f -a '(__moor_names ${values.kind})'`;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
