import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunningCommand {
  /** Resolves with what was printed so far as soon as that matches; rejects when the command ends before. */
  printed(pattern: RegExp): Promise<string>;
  stop(): Promise<Ran>;
}

export interface Kubectl extends Disposable {
  /** Runs one command to its end. */
  run(args: readonly string[], options?: RunOptions): Promise<Ran>;
  /** As `run`, of one line with words between blanks; fails when the command does. */
  ok(line: string, options?: RunOptions): Promise<string>;
  /** A command that does not end by itself. */
  start(line: string): RunningCommand;
  /** The path of a file with this text. */
  file(name: string, text: string): string;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Longer than any command takes on a busy machine. */
const commandMsMax = 80_000;

/** With a home of its own: kubectl keeps what it has seen of a server. */
export function kubectlOf(program: string, server: string, ...always: readonly string[]): Kubectl {
  const home = mkdtempSync(join(tmpdir(), 'mooring-kubectl-'));
  const begin = (args: readonly string[], { env = {} }: RunOptions = {}) =>
    spawn(program, [`--server=${server}`, ...always, ...args], {
      env: { PATH: process.env['PATH'] ?? '', HOME: home, TMPDIR: home, ...env },
      timeout: commandMsMax,
      killSignal: 'SIGKILL',
    });
  const run = (args: readonly string[], options: RunOptions = {}) => {
    const child = begin(args, options);
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
    return collect(child).ended;
  };
  return {
    run,
    async ok(line, options) {
      const { code, out, err } = await run(words(line), options);
      if (code !== 0) throw new Error(`kubectl ${line} ended with ${code}:\n${err}${out}`);
      return out + err;
    },
    start(line) {
      const child = begin(words(line));
      const { ended, output, onOutput } = collect(child);
      return {
        printed: (pattern) =>
          new Promise((resolve, reject) => {
            const look = () => pattern.test(output.text) && resolve(output.text);
            onOutput(look);
            look();
            void ended.then(() => reject(new Error(`kubectl ${line} ended after:\n${output.text}`)));
          }),
        stop() {
          child.kill('SIGKILL');
          return ended;
        },
      };
    },
    file(name, text) {
      const path = join(home, name);
      writeFileSync(path, text, { mode: 0o755 });
      return path;
    },
    [Symbol.dispose]: () => rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }),
  };
}

function words(line: string): readonly string[] {
  return line.split(' ').filter((word) => word !== '');
}

function collect(child: ReturnType<typeof spawn>) {
  const output = { out: '', err: '', text: '' };
  const listeners: (() => void)[] = [];
  const take = (stream: 'out' | 'err') => (chunk: Buffer) => {
    output[stream] += chunk;
    output.text += chunk;
    for (const listener of listeners) listener();
  };
  child.stdout?.on('data', take('out'));
  child.stderr?.on('data', take('err'));
  const ended = new Promise<Ran>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out: output.out, err: output.err }));
  });
  return { ended, output, onOutput: (listener: () => void) => listeners.push(listener) };
}
