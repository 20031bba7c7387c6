/** A real kubectl as a child process, with a home and a kubeconfig of its own: kubectl keeps what it has seen of a server. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { removeFolder } from './remove-folder.ts';

export interface KubectlEnd {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface KubectlOptions {
  /** Given to its standard input, which then ends. */
  readonly input?: string | Buffer;
  /** Of the process, in the folder of this kubectl when not given. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunningKubectl {
  /** So far. */
  readonly said: { readonly stdout: string; readonly stderr: string };
  readonly end: Promise<KubectlEnd>;
  readonly stdin: Writable;
  /** Resolves as soon as standard output matches; rejects when it ends before. */
  printed(pattern: RegExp): Promise<void>;
  stop(): void;
}

/** For one command, on a machine that has other things to do. */
const limitMs = 120_000;

export class Kubectl implements Disposable {
  readonly folder: string;
  private readonly path: string;
  private readonly always: readonly string[];
  private readonly running = new Set<ChildProcess>();

  /** `always`: flags of every command. */
  constructor(path: string, serverURL: string, ...always: readonly string[]) {
    this.path = path;
    this.always = always;
    this.folder = mkdtempSync(join(tmpdir(), 'mooring-kubectl-'));
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server: serverURL } }],
      users: [{ name: 'u', user: {} }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'default' } }],
      'current-context': 'x',
    };
    this.file('config', JSON.stringify(config));
  }

  /** Resolves when it has ended, however. */
  async run(args: readonly string[], options: KubectlOptions = {}): Promise<KubectlEnd> {
    return await this.start(args, options).end;
  }

  /** All that one line prints, which has its words between blanks. Rejects when the command fails. */
  async ok(line: string, options?: KubectlOptions): Promise<string> {
    const { exitCode, stdout, stderr } = await this.run(wordsOf(line), options);
    if (exitCode !== 0) throw new Error(`kubectl ${line} ended with ${exitCode}:\n${stderr}${stdout}`);
    return stdout + stderr;
  }

  /** One that runs until it is stopped. */
  start(args: readonly string[], { input, cwd = this.folder, env }: KubectlOptions = {}): RunningKubectl {
    const own = { PATH: process.env['PATH'], HOME: this.folder, KUBECONFIG: join(this.folder, 'config') };
    const child = spawn(this.path, [...this.always, ...args], {
      cwd,
      env: { ...own, ...env },
      stdio: 'pipe',
      timeout: limitMs,
    });
    this.running.add(child);
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8');
      child[name].on('data', (text: string) => {
        said[name] += text;
      });
    }
    // It may end without having read everything.
    child.stdin.on('error', () => {});
    if (input !== undefined) child.stdin.end(input);
    else if (!args.includes('-i')) child.stdin.end();
    const end = new Promise<KubectlEnd>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exitCode) => {
        this.running.delete(child);
        resolve({ exitCode, ...said });
      });
    });
    const printed = (pattern: RegExp) =>
      new Promise<void>((resolve, reject) => {
        const look = () => pattern.test(said.stdout) && resolve();
        child.stdout.on('data', look);
        look();
        end.then(() => reject(new Error(`kubectl ${args.join(' ')} ended after:\n${said.stdout}`)), reject);
      });
    return { said, end, stdin: child.stdin, printed, stop: () => void child.kill('SIGKILL') };
  }

  /** The path of a file with this text, that can be run. */
  file(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text, { mode: 0o755 });
    return path;
  }

  [Symbol.dispose](): void {
    for (const child of this.running) child.kill('SIGKILL');
    removeFolder(this.folder);
  }
}

function wordsOf(line: string): readonly string[] {
  return line.split(' ').filter((word) => word !== '');
}
