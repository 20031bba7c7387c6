/** The command line, parsed: commander's part of moor. */

import { Command, CommanderError, Option } from 'commander';
import type { CommandDefinition } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { type Flag, flagsOf } from './flags.ts';
import { type SettingKey, settingTable } from './settings/table.ts';
import type { Shell } from './shell.ts';

/** What was asked for. */
export interface Invocation {
  readonly command: CommandDefinition;
  readonly args: readonly string[];
  /** By flag without dashes. */
  readonly options: Readonly<Record<string, string | true | undefined>>;
  /** By key: the words that its flag was given, each time. */
  readonly settingFlags: Readonly<Partial<Record<SettingKey, readonly string[]>>>;
}

export interface ProgramOptions {
  readonly version: string;
  readonly commands: readonly CommandDefinition[];
  readonly shell: Pick<Shell, 'out' | 'err'>;
}

/** What to do, or the exit code when that was all: help, the version, a mistake that has been told. */
export async function parseCommandLine(
  argv: readonly string[],
  options: ProgramOptions,
): Promise<Invocation | number> {
  let invocation: Invocation | undefined;
  const program = createProgram(options, (found) => {
    invocation = found;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  }
  return invocation ?? exitCodes.usage;
}

function createProgram(
  { version, commands, shell }: ProgramOptions,
  onFound: (invocation: Invocation) => void,
): Command {
  const program = dressed(new Command('moor'), shell)
    .description(
      'moor keeps containers where they belong: runs pods, restarts what dies or hangs, alone or on many hosts.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpCommand('help [command]', 'show help, of a command or of `settings`')
    .addHelpText('after', firstSteps);
  for (const command of commands) program.addCommand(commandOf(command, shell, onFound));
  return program;
}

const firstSteps = `
Examples:
  moor run web.yaml                  run the pods of a manifest here
  moor help run                      what run can do
  source <(moor completion bash)     complete commands and flags

Words go to standard error, data to standard output. Exit codes: 0 done, 1 something failed, 2 a mistake in the command
line, a setting or a manifest, 3 something is not there now, 4 somebody else holds it, 130 and 143 interrupted.`;

/** Everything goes to the shell's own streams, and nothing ends the process. */
function dressed(command: Command, { out, err }: ProgramOptions['shell']): Command {
  return command
    .exitOverride()
    .configureOutput({
      writeOut: (text) => out.write(text),
      writeErr: (text) => err.write(text),
      getOutHelpWidth: () => out.columns ?? 120,
      getErrHelpWidth: () => err.columns ?? 120,
      outputError: (text, write) => write(text.replace(/^error: /, 'moor: ')),
    })
    .configureHelp({ sortOptions: false })
    .showHelpAfterError('`moor --help` lists the commands, `moor help COMMAND` its flags.');
}

function commandOf(
  definition: CommandDefinition,
  shell: ProgramOptions['shell'],
  onFound: (invocation: Invocation) => void,
): Command {
  const command = dressed(new Command(definition.name), shell)
    .summary(definition.summary)
    .description(describe(definition))
    .addHelpText('after', examplesText(definition))
    .showHelpAfterError(`\`moor help ${definition.name}\` shows its flags, with examples.`);
  for (const { name, help, isMany, isOptional } of definition.arguments) {
    const words = `${name}${isMany ? '...' : ''}`;
    command.argument(isOptional ? `[${words}]` : `<${words}>`, help);
  }
  const flags = flagsOf(definition);
  for (const flag of flags) for (const option of optionsOf(flag)) command.addOption(option);
  command.action(() => {
    const given = command.opts<Record<string, unknown>>();
    onFound({ command: definition, args: command.args, ...sorted(flags, given) });
  });
  return command;
}

function describe({ summary, details }: CommandDefinition): string {
  const sentence = `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
  return details === undefined ? sentence : `${sentence}\n\n${details}`;
}

function examplesText({ examples }: CommandDefinition): string {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, words]) => `  ${line.padEnd(width)}   # ${words}`);
  return ['', 'Examples:', ...lines].join('\n');
}

function optionsOf({ flag, short, placeholder, help, choices, isMany, setting }: Flag): readonly Option[] {
  const names = short === undefined ? flag : `${short}, ${flag}`;
  const option = new Option(placeholder === '' ? names : `${names} ${placeholder}`, help);
  if (isMany)
    option.argParser((word: string, before: readonly string[] | undefined) => [...(before ?? []), word]);
  // What a setting may be is checked with where it comes from, as for files and variables.
  else if (choices !== undefined && !placeholder.includes('|')) option.choices(choices);
  const canBeOff = setting !== undefined && placeholder === '' && settingTable[setting].fallback !== false;
  return canBeOff ? [option, new Option(flag.replace('--', '--no-'), 'the opposite')] : [option];
}

/** Flags of settings as the words that they were given, and the others. */
function sorted(flags: readonly Flag[], given: Readonly<Record<string, unknown>>) {
  const options: Record<string, string | true> = {};
  const settingFlags: Partial<Record<SettingKey, readonly string[]>> = {};
  for (const { flag, setting } of flags) {
    const value = givenValue(flag, given);
    if (value === undefined) continue;
    if (setting !== undefined) settingFlags[setting] = [value].flat().map(String);
    else options[flag.replace(/^--/, '')] = value === true ? true : String(value);
  }
  return { options, settingFlags };
}

/** Commander turns `--no-logs` into `logs: false`, and `--data-dir` into `dataDir`. */
function givenValue(flag: string, given: Readonly<Record<string, unknown>>): unknown {
  const isNegative = flag.startsWith('--no-');
  const name = flag
    .replace(/^--(?:no-)?/, '')
    .replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  const value = given[name];
  if (isNegative) return value === false ? true : undefined;
  return value;
}
