/** The fake busybox as a userland: finds a command by its name or path and makes a program of it. */

import type { FakeProcess, FakeProgram } from '../fake-process.ts';
import { type Command, type CommandContext, commands } from './commands.ts';
import { Shell } from './shell.ts';
import { ShellState } from './shell-state.ts';

const folders = ['/bin/', '/usr/bin/', '/usr/local/bin/'];

/** `sh`, `/bin/sh`; `undefined` when there is none. */
export function findCommand(path: string): Command | undefined {
  const folder = folders.find((start) => path.startsWith(start)) ?? '';
  const name = path.slice(folder.length);
  if (name === 'sh') return (context) => runShell(context, false);
  return Object.hasOwn(commands, name) ? commands[name] : undefined;
}

/** The program of a command line; `undefined` when its first word is no command. */
export function busybox(argv: readonly string[]): FakeProgram | undefined {
  const [path = '', ...args] = argv;
  const command = findCommand(path);
  if (command === undefined) return undefined;
  const isShell = path === 'sh' || path.endsWith('/sh');
  return (process) => {
    const context = contextOf(process, args);
    return isShell ? runShell(context, true) : command(context);
  };
}

function contextOf(process: FakeProcess, args: readonly string[]): CommandContext {
  return {
    process,
    args,
    env: new Map(Object.entries(process.env)),
    stdin: '',
    out: (text) => process.write(text, 'stdout'),
    err: (text) => process.write(text, 'stderr'),
  };
}

async function runShell(context: CommandContext, takesSignals: boolean): Promise<number> {
  const { process, args, env, err } = context;
  const [first, script, ...rest] = args;
  if (first === undefined) return 0;
  const start = (positional: readonly string[]) =>
    new Shell(process, new ShellState(env, positional), takesSignals);
  if (first === '-c') {
    if (script === undefined) {
      err('sh: -c requires an argument\n');
      return 2;
    }
    return await start(rest.length === 0 ? ['sh'] : rest).runScript(script, context);
  }
  if (!process.files.isFile(first)) {
    err(`sh: can't open '${first}': No such file or directory\n`);
    return 2;
  }
  return await start(args).runScript(process.files.read(first), context);
}
