/** The small commands of the fake busybox: files, text and time. */

import { errorMessage } from '@mooring/core';
import { FileError } from '../fake-files.ts';
import type { FakeProcess } from '../fake-process.ts';
import { evaluateTest } from './test-expression.ts';

export interface CommandContext {
  readonly process: FakeProcess;
  readonly args: readonly string[];
  readonly env: ReadonlyMap<string, string>;
  readonly stdin: string;
  out(text: string): void;
  err(text: string): void;
}

/** Resolves with the exit code. */
export type Command = (context: CommandContext) => number | Promise<number>;

export const commands: Readonly<Record<string, Command>> = {
  true: () => 0,
  false: () => 1,
  echo({ args, out }) {
    const isBare = args[0] === '-n';
    out(args.slice(isBare ? 1 : 0).join(' ') + (isBare ? '' : '\n'));
    return 0;
  },
  printf({ args, out }) {
    const [format = '', ...values] = args;
    const unescaped = format.replaceAll('\\n', '\n').replaceAll('\\t', '\t');
    out(unescaped.replace(/%[sd%]/g, (mark) => (mark === '%%' ? '%' : (values.shift() ?? ''))));
    return 0;
  },
  async sleep({ args, process, err }) {
    const ms = args.map(durationMs).reduce((sum, part) => sum + part, 0);
    if (args.length === 0 || Number.isNaN(ms))
      return complain(err, 'sleep', `invalid number '${args[0] ?? ''}'`);
    if (ms === Number.POSITIVE_INFINITY) for (;;) await process.sleep(24 * 3_600_000);
    await process.sleep(ms);
    return 0;
  },
  cat(context) {
    const { args, stdin, out } = context;
    if (args.length === 0) out(stdin);
    return eachFile(context, 'cat', (path) => out(context.process.files.read(path)), "can't open ");
  },
  touch(context) {
    const { files } = context.process;
    return eachFile(context, 'touch', (path) => files.append(path, ''));
  },
  mkdir(context) {
    const { files } = context.process;
    const makesParents = context.args.includes('-p');
    return eachFile(context, 'mkdir', (path) => {
      if (!makesParents) files.makeDirectory(path);
      else {
        const steps = path.split('/').map((_, i, words) => words.slice(0, i + 1).join('/'));
        for (const step of steps) if (step !== '' && !files.isDirectory(step)) files.makeDirectory(step);
      }
    });
  },
  rm(context) {
    const { files } = context.process;
    const isForced = context.args.some((arg) => /^-\w*f/.test(arg));
    return eachFile(context, 'rm', (path) => {
      if (!files.remove(path) && !isForced) throw new FileError('No such file or directory');
    });
  },
  ls({ args, process, out, err }) {
    const [path = '/'] = args.filter((arg) => !arg.startsWith('-'));
    if (!process.files.exists(path)) return complain(err, 'ls', `${path}: No such file or directory`);
    const names = process.files.isDirectory(path) ? process.files.list(path) : [path];
    out(names.map((name) => `${name}\n`).join(''));
    return 0;
  },
  wc({ args, process, stdin, out, err }) {
    const [path] = args.filter((arg) => !arg.startsWith('-'));
    if (path !== undefined && !process.files.isFile(path))
      return complain(err, 'wc', `${path}: No such file or directory`);
    const text = path === undefined ? stdin : process.files.read(path);
    const counts = {
      '-l': text.split('\n').length - 1,
      '-w': text.split(/\s+/).filter(Boolean).length,
      '-c': text.length,
    };
    const wanted = Object.entries(counts).filter(([flag]) => args.includes(flag));
    const shown = (wanted.length === 0 ? Object.entries(counts) : wanted).map(([, count]) => count);
    out(`${[...shown, ...(path === undefined ? [] : [path])].join(' ')}\n`);
    return 0;
  },
  date({ args, process, out }) {
    const now = process.nowMs();
    out(`${args[0] === '+%s' ? Math.floor(now / 1000) : new Date(now).toUTCString()}\n`);
    return 0;
  },
  env({ env, out }) {
    for (const [name, value] of env) out(`${name}=${value}\n`);
    return 0;
  },
  printenv({ args, env, out }) {
    const value = env.get(args[0] ?? '');
    if (value === undefined) return 1;
    out(`${value}\n`);
    return 0;
  },
  hostname({ process, out }) {
    out(`${process.env['HOSTNAME'] ?? ''}\n`);
    return 0;
  },
  test: ({ args, process, err }) => runTest(args, process, err),
  '[': ({ args, process, err }) =>
    args.at(-1) === ']' ? runTest(args.slice(0, -1), process, err) : complain(err, '[', 'missing ]', 2),
};

function runTest(args: readonly string[], process: FakeProcess, err: (text: string) => void): number {
  try {
    return evaluateTest(args, process.files) ? 0 : 1;
  } catch (error) {
    return complain(err, 'test', errorMessage(error), 2);
  }
}

/** Milliseconds of `10`, `0.5`, `2m`, `infinity`; NaN for anything else. */
function durationMs(text: string): number {
  if (text === 'infinity' || text === 'inf') return Number.POSITIVE_INFINITY;
  const match = /^(\d+(?:\.\d+)?|\.\d+)([smhd]?)$/.exec(text);
  const unitMs =
    { '': 1000, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[match?.[2] ?? ''] ?? Number.NaN;
  return match === null ? Number.NaN : Number(match[1]) * unitMs;
}

function eachFile(
  { args, err }: CommandContext,
  name: string,
  action: (path: string) => void,
  before = '',
): number {
  let code = 0;
  for (const path of args.filter((arg) => !arg.startsWith('-'))) {
    try {
      action(path);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      code = complain(err, name, `${before}'${path}': ${error.message}`);
    }
  }
  return code;
}

function complain(err: (text: string) => void, name: string, message: string, code = 1): number {
  err(`${name}: ${message}\n`);
  return code;
}
