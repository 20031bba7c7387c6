/** A real kubectl as a child process, with a home and a kubeconfig of its own. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
}

/** For one command, on a machine that has other things to do. */
const limitMs = 120_000;

export class Kubectl implements Disposable {
  readonly folder: string;
  private readonly path: string;
  private readonly running = new Set<ChildProcess>();

  constructor(path: string, serverURL: string) {
    this.path = path;
    this.folder = mkdtempSync(join(tmpdir(), 'mooring-kubectl-'));
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server: serverURL, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'u', user: {} }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'default' } }],
      'current-context': 'x',
    };
    writeFileSync(join(this.folder, 'config'), JSON.stringify(config));
  }

  /** Resolves when it has ended, however. */
  async run(args: readonly string[], options: KubectlOptions = {}): Promise<KubectlEnd> {
    return await this.start(args, options).end;
  }

  /** One that runs until it is stopped. */
  start(args: readonly string[], { input, cwd = this.folder }: KubectlOptions = {}) {
    const env = { PATH: process.env['PATH'], HOME: this.folder, KUBECONFIG: join(this.folder, 'config') };
    const child = spawn(this.path, [...args], { cwd, env, stdio: 'pipe', timeout: limitMs });
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
    return { said, end, stdin: child.stdin, stop: () => void child.kill('SIGKILL') };
  }

  [Symbol.dispose](): void {
    for (const child of this.running) child.kill('SIGKILL');
    removeFolder(this.folder);
  }
}
