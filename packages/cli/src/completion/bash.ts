/** For bash 3.2 and later, with or without the package bash-completion. */

import type { CommandDefinition } from '../command.ts';
import { type Flag, flagsOf } from '../flags.ts';
import { clusterFlags, type Values, valuesOfArgument, valuesOfFlag } from './values.ts';

export function bashScript(commands: readonly CommandDefinition[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  return `# bash completion of moor; from \`moor completion bash\`.
${helpers}
_moor() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  # \`--flag=value\` is three words to bash.
  if [ "$word" = = ]; then word=; elif [ "$before" = = ]; then before="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    _moor_words '${names} help --help --version'
    return
  fi
  case "\${COMP_WORDS[1]}" in
    help) _moor_words '${names} settings' ;;
${commands.map(commandCase).join('\n')}
  esac
}
complete -F _moor moor
`;
}

const helpers = `_moor_words() { COMPREPLY=($(compgen -W "$1" -- "$word")); }
_moor_paths() {
  local IFS=$'\\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen "$1" -- "$word"))
}
# Names of objects, of the cluster and namespace that the line says.
_moor_names() {
  local flags=() i value
  for ((i = 2; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in
      ${clusterFlags.join(' | ')})
        value="\${COMP_WORDS[i+1]}"
        [ "$value" = = ] && value="\${COMP_WORDS[i+2]}"
        flags+=("\${COMP_WORDS[i]}" "$value") ;;
    esac
  done
  _moor_words "$(moor completion "$1" \${flags[@]+"\${flags[@]}"} 2>/dev/null)"
}`;

function commandCase(command: CommandDefinition): string {
  const flags = flagsOf(command);
  const values = flags.flatMap((flag) => flagCase(flag) ?? []);
  return `    ${command.name})
      case "$before" in
${values.join('\n')}
      esac
      case "$word" in
        -*) _moor_words '${flags.map(({ flag }) => flag).join(' ')} --help' ;;
        *) ${complete(valuesOfArgument(command.arguments[0]))} ;;
      esac ;;`;
}

function flagCase(flag: Flag): string | undefined {
  const values = valuesOfFlag(flag);
  if (values === undefined) return undefined;
  const names = flag.short === undefined ? flag.flag : `${flag.flag} | ${flag.short}`;
  return `        ${names}) ${complete(values)}; return ;;`;
}

function complete(values: Values): string {
  switch (values.kind) {
    case 'nothing':
      return ':';
    case 'files':
      return '_moor_paths -f';
    case 'directories':
      return '_moor_paths -d';
    case 'words':
      return `_moor_words '${values.words.join(' ')}'`;
    default:
      return `_moor_names ${values.kind}`;
  }
}
