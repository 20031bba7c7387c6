/**
 * A Docker engine that belongs to one test, or to one run of chaos: it can be killed, stopped and started anew, and its disk can be filled. It has
 * no network to give: pods are to have that of the host. What it mounts goes with it.
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { untilNone } from '../../chaos/wait-until.ts';
import { findProgram } from './engines.ts';
import { removeFolder } from './remove-folder.ts';

const deadlineMs = 90_000;
const diskSize = '192m';

export class PrivateDocker implements AsyncDisposable {
  /** Short, for the paths of sockets have a limit. */
  private readonly dir = mkdtempSync('/tmp/mdk-');
  /** Holds the mounts and the network while no engine runs. */
  private readonly holder: ChildProcess;
  private engine: ChildProcess | undefined;

  private constructor() {
    for (const name of ['data', 'exec']) mkdirSync(join(this.dir, name));
    const mount = `mount -t tmpfs -o size=${diskSize} tmpfs ${this.dir}/data`;
    // Without a bridge of its own an engine removes the usual one, which is another engine's.
    const script = `${mount} && ip link set lo up && echo ready && exec sleep infinity`;
    const args = ['--mount', '--propagation', 'private', '--net', '--', '/bin/sh', '-c', script];
    this.holder = spawn('unshare', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  }

  static async open(): Promise<PrivateDocker> {
    const docker = new PrivateDocker();
    const { holder } = docker;
    if (holder.stdout !== null) await Promise.race([once(holder.stdout, 'data'), once(holder, 'exit')]);
    return docker;
  }

  get socket(): string {
    return join(this.dir, 'd.sock');
  }

  get pid(): number {
    if (this.engine?.pid === undefined) throw new Error('the engine does not run');
    return this.engine.pid;
  }

  /** `liveRestore`: containers outlive the engine. */
  async start(options: { readonly liveRestore: boolean }): Promise<void> {
    rmSync(this.socket, { force: true });
    const log = openSync(join(this.dir, 'log'), 'a');
    const path = (name: string) => join(this.dir, name);
    const flags = [
      ...['--data-root', path('data'), '--exec-root', path('exec'), '--pidfile', path('pid')],
      ...['--host', `unix://${this.socket}`, '--bridge', 'none', '--iptables=false', '--ip6tables=false'],
      ...['--shutdown-timeout', '5', ...(options.liveRestore ? ['--live-restore'] : [])],
    ];
    const inside = ['--target', String(this.holder.pid), '--mount', '--net'];
    const dockerd = findProgram('dockerd') ?? 'dockerd';
    const engine = spawn('nsenter', [...inside, dockerd, ...flags], { stdio: ['ignore', log, log] });
    this.engine = engine;
    const isSettled = async () => engine.exitCode !== null || (await this.answers());
    await until('the engine', isSettled).catch(() => undefined);
    if (!(await this.answers()))
      throw new Error(`the engine does not answer: ${readFileSync(path('log'), 'utf8').slice(-2_000)}`);
  }

  /** Resolves when it has ended. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const { engine } = this;
    if (engine === undefined || engine.exitCode !== null || engine.signalCode !== null) return;
    const ended = once(engine, 'exit');
    engine.kill(signal);
    await ended;
    rmSync(join(this.dir, 'pid'), { force: true });
    if (signal === 'SIGKILL') await this.helperIsGone();
  }

  /** The next engine takes its helper for alive as long as there is a process of its number, be it a dead one. */
  private async helperIsGone(): Promise<void> {
    const path = join(this.dir, 'exec/containerd/containerd.pid');
    if (!existsSync(path)) return;
    const stat = `/proc/${readFileSync(path, 'utf8')}/stat`;
    const isGone = () => !existsSync(stat) || /\) [ZX] /.test(readFileSync(stat, 'utf8'));
    await until('the end of the helper', async () => isGone());
    rmSync(path, { force: true });
  }

  /** Until nothing fits on its disk any more. */
  fillDisk(): void {
    this.inside(`dd if=/dev/zero of=${this.dir}/data/fill bs=64k 2>/dev/null || true`);
  }

  freeDisk(): void {
    this.inside(`rm -f ${this.dir}/data/fill`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.engine?.kill('SIGCONT');
    const env = { ...process.env, DOCKER_HOST: `unix://${this.socket}` };
    if (await this.answers())
      execFileSync('sh', ['-c', 'docker ps -aq | xargs -r docker rm -f'], { env, stdio: 'ignore' });
    await this.end('SIGTERM');
    // With live restore it leaves its helper behind.
    const helper = join(this.dir, 'exec/containerd/containerd.pid');
    if (existsSync(helper)) tryKill(Number(readFileSync(helper, 'utf8')));
    this.holder.kill('SIGKILL');
    await once(this.holder, 'exit');
    removeFolder(this.dir);
  }

  private inside(script: string): void {
    execFileSync('nsenter', ['--target', String(this.holder.pid), '--mount', '/bin/sh', '-c', script]);
  }

  private answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const request = get({ socketPath: this.socket, path: '/_ping', timeout: 5_000 }, (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200);
      });
      request.on('timeout', () => request.destroy());
      request.on('error', () => resolve(false));
    });
  }
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const problem = async () => ((await isSo()) ? undefined : 'not yet');
  await untilNone(problem, { what, timeoutMs: deadlineMs });
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // It has ended with its engine.
  }
}
