/** Commands that change the shell itself. */

import type { Shell, ShellIO } from './shell.ts';
import { ShellExit, ShellJump } from './shell-state.ts';

type Builtin = (shell: Shell, args: readonly string[], io: ShellIO) => number | Promise<number>;

export const builtins: Readonly<Record<string, Builtin>> = {
  ':': () => 0,
  exit(shell, args) {
    throw new ShellExit(codeOf(args[0]) ?? shell.state.lastCode);
  },
  return(shell, args) {
    throw new ShellJump('return', codeOf(args[0]) ?? shell.state.lastCode);
  },
  break(_shell, args) {
    throw new ShellJump('break', 0, codeOf(args[0]) ?? 1);
  },
  continue(_shell, args) {
    throw new ShellJump('continue', 0, codeOf(args[0]) ?? 1);
  },
  trap(shell, args) {
    const [script = '', ...signals] = args;
    // A lone signal name, or a dash, takes the trap away.
    const isReset = script === '-' || signals.length === 0;
    for (const name of isReset && script !== '-' ? [script] : signals)
      shell.trap(signalName(name), isReset ? undefined : script);
    return 0;
  },
  async wait(shell) {
    const { state } = shell;
    if (state.pending.length > 0 || state.jobs.size === 0) return 0;
    const woken = new Promise<void>((resolve) => {
      state.wake = resolve;
    });
    await Promise.race([woken, Promise.all(state.jobs)]);
    state.wake = undefined;
    return 0;
  },
  export(shell, args) {
    for (const arg of args) {
      const [name = '', ...value] = arg.split('=');
      if (arg.includes('=')) shell.state.variables.set(name, value.join('='));
      shell.state.exported.add(name);
    }
    return 0;
  },
  unset(shell, args) {
    for (const name of args) {
      shell.state.variables.delete(name);
      shell.state.functions.delete(name);
    }
    return 0;
  },
  shift(shell, args) {
    const [name = 'sh', ...rest] = shell.state.positional;
    shell.state.positional = [name, ...rest.slice(codeOf(args[0]) ?? 1)];
    return 0;
  },
  eval: (shell, args, io) => shell.runText(args.join(' '), io),
  async exec(shell, args, io) {
    throw new ShellExit(
      args.length === 0 ? 0 : await shell.invoke(args[0] ?? '', args.slice(1), new Map(), io),
    );
  },
  /** Only what makes a fake script stricter could be left out unnoticed; an option that is not known is refused. */
  set(_shell, args, io) {
    if (args.every((arg) => arg === '--')) return 0;
    io.err(`sh: set: this shell has no ${args.join(' ')}\n`);
    return 2;
  },
};

function codeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number.parseInt(text, 10) & 255;
}

/** `SIGTERM`, `TERM` and `15` are the same. */
function signalName(text: string): string {
  const byNumber: Readonly<Record<string, string>> = {
    '0': 'EXIT',
    '1': 'HUP',
    '2': 'INT',
    '3': 'QUIT',
    '15': 'TERM',
  };
  return byNumber[text] ?? text.toUpperCase().replace(/^SIG/, '');
}
