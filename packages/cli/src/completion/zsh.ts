import type { CommandDefinition } from '../command.ts';
import { type Flag, flagsOf } from '../flags.ts';
import { clusterFlags, type Values, valuesOfArgument, valuesOfFlag } from './values.ts';

/** To be sourced, or to be put in a folder of `fpath` as `_moor`. */
export function zshScript(commands: readonly CommandDefinition[]): string {
  const described = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`);
  const names = commands.map(({ name }) => name).join(' ');
  return `#compdef moor
# zsh completion of moor; from \`moor completion zsh\`.
${helpers}
_moor() {
  local curcontext="$curcontext" ret=1
  local -a all=(
${described.join('\n')}
    'help:all commands, or one of them'
  )
  if (( CURRENT == 2 )); then
    _describe -t commands command all && ret=0
    [[ $words[CURRENT] == -* ]] && compadd -- --help --version && ret=0
    return ret
  fi
  local -a moor_line=("$words[@]")
  shift words
  (( CURRENT-- ))
  case $words[1] in
    help) _arguments '1:command:(${names} settings)' ;;
${commands.map(commandCase).join('\n')}
  esac
}
if [[ $funcstack[1] == _moor ]]; then
  _moor "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
  compdef _moor moor
fi
`;
}

const helpers = `# Names of objects, of the cluster and namespace that the line says.
_moor_names() {
  local -a flags found
  local i
  for (( i = 3; i < $#moor_line; i++ )); do
    case $moor_line[i] in
      ${clusterFlags.join('|')}) flags+=("$moor_line[i]" "$moor_line[i+1]") ;;
      ${clusterFlags
        .filter((flag) => flag.startsWith('--'))
        .map((flag) => `${flag}=*`)
        .join('|')}) flags+=("$moor_line[i]") ;;
    esac
  done
  found=(\${(f)"$(moor completion $1 $flags 2>/dev/null)"})
  compadd -a found
}`;

function commandCase(command: CommandDefinition): string {
  const [first] = command.arguments;
  const place = first?.isMany === true ? '*' : '1';
  const argument =
    first === undefined ? [] : [quoted(`${place}:${first.name}:${action(valuesOfArgument(first))}`)];
  const specs = [...flagsOf(command).flatMap(flagSpecs), quoted('--help[what it does]'), ...argument];
  return `    ${command.name})
      _arguments -S \\
        ${specs.join(' \\\n        ')} ;;`;
}

function flagSpecs(flag: Flag): readonly string[] {
  const { flag: name, short, help, isMany, placeholder } = flag;
  const values = valuesOfFlag(flag);
  const value = values === undefined ? '' : `:${placeholder.replace(/[<>]/g, '')}:${action(values)}`;
  const names = short === undefined ? [name] : [name, short];
  const others = isMany ? '*' : names.length > 1 ? `(${names.join(' ')})` : '';
  return names.map((one) => {
    const sign = values === undefined ? '' : one.startsWith('--') ? '=' : '+';
    return quoted(`${others}${one}${sign}[${help.replace(/[\\[\]:]/g, '\\$&')}]${value}`);
  });
}

function action(values: Values): string {
  switch (values.kind) {
    case 'nothing':
      return ' ';
    case 'files':
      return '_files';
    case 'directories':
      return '_files -/';
    case 'words':
      return `(${values.words.join(' ')})`;
    default:
      // With a space before it nothing else is handed over.
      return ` _moor_names ${values.kind}`;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
