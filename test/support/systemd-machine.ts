/**
 * A machine of its own whose first process is the systemd of this host, in namespaces and over a copy of the files of this host. It has no
 * network but its loopback. It can be booted anew; what was written to its disk is there again then.
 */

import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { untilNone } from '../../chaos/wait-until.ts';
import { removeFolder } from './remove-folder.ts';

const script = join(import.meta.dirname, 'systemd-machine.sh');
/** Whatever ends the tests, nothing of a machine stays. */
const endsWithUs = ['--pdeathsig', 'KILL', '--'];
const bootMsMax = 120_000;
const commandMsMax = 180_000;

export interface CommandEnd {
  readonly exitCode: number;
  /** Standard output and error, without the last end of a line. */
  readonly output: string;
}

export class SystemdMachine implements AsyncDisposable {
  private readonly dir = mkdtempSync('/tmp/machine-');
  /** Holds the files while the machine is down. */
  private readonly holder: ChildProcess;
  private starter: ChildProcess | undefined;
  private pid = 0;

  private constructor() {
    const args = ['--mount', '--propagation', 'private', '--', '/bin/sh', script, 'hold', this.dir];
    this.holder = spawn('setpriv', [...endsWithUs, 'unshare', ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  static async boot(): Promise<SystemdMachine> {
    const machine = new SystemdMachine();
    const { stdout } = machine.holder;
    if (stdout !== null) await Promise.race([once(stdout, 'data'), once(machine.holder, 'exit')]);
    await machine.start();
    return machine;
  }

  /** An orderly one, as an administrator asks for it. Resolves when the machine is up again. */
  async reboot(): Promise<void> {
    const { starter } = this;
    const ended = starter === undefined ? undefined : once(starter, 'exit');
    await this.run('systemctl', 'reboot');
    await ended;
    await this.start();
  }

  /** Runs a program as root; what it ends with is no error. */
  run(...command: readonly string[]): Promise<CommandEnd> {
    const args = ['--target', String(this.pid), '--all', '--', ...command];
    const env = { PATH: process.env['PATH'], HOME: '/root', KUBECONFIG: '/var/lib/moor/kubeconfig' };
    return new Promise((resolve) => {
      execFile('nsenter', args, { env, timeout: commandMsMax }, (error, stdout, stderr) => {
        const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ exitCode, output: `${stdout}${stderr}`.trimEnd() });
      });
    });
  }

  /** What a program says; rejects when it does not end with 0. */
  async output(...command: readonly string[]): Promise<string> {
    const { exitCode, output } = await this.run(...command);
    if (exitCode !== 0) throw new Error(`${command.join(' ')} ended with ${exitCode}: ${output}`);
    return output;
  }

  async write(path: string, content: string): Promise<void> {
    const command = 'mkdir -p "$(dirname "$1")" && printf %s "$2" >"$1"';
    await this.output('sh', '-c', command, 'sh', path, content);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of [this.starter, this.holder]) {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    // Its processes are dying still.
    const clean = async () => cleanProblem(basename(this.dir));
    await untilNone(clean, { what: 'the end of the control groups of a machine', timeoutMs: bootMsMax });
    removeFolder(this.dir);
  }

  private async start(): Promise<void> {
    const holder = String(this.holder.pid);
    const args = ['--target', holder, '--mount', '--', '/bin/sh', script, 'boot', this.dir];
    const starter = spawn('setpriv', [...endsWithUs, 'nsenter', ...args], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    this.starter = starter;
    const isDown = async () => {
      if (starter.exitCode !== null || starter.signalCode !== null) return 'it has ended';
      this.pid = childOf(starter.pid ?? 0) ?? 0;
      if (this.pid === 0 || nameOf(this.pid) !== 'systemd') return 'its first process does not run yet';
      const { output } = await this.run('systemctl', 'is-system-running');
      // Some unit of no interest may have failed.
      return ['running', 'degraded'].includes(output) ? undefined : output;
    };
    await untilNone(isDown, { what: 'a machine with systemd', timeoutMs: bootMsMax });
  }
}

/** Why no such machine can be made here; `undefined` where it can. */
export function machineProblem(): string | undefined {
  const dir = mkdtempSync('/tmp/machine-');
  const args = ['--mount', '--propagation', 'private', '--', '/bin/sh', script, 'try', dir];
  const { status, stderr, error } = spawnSync('setpriv', [...endsWithUs, 'unshare', ...args], {
    encoding: 'utf8',
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  // Its last processes are dying still.
  for (let tried = 0; tried < 50 && cleanProblem(basename(dir)) !== undefined; tried++)
    spawnSync('sleep', ['0.1']);
  removeFolder(dir);
  if (error !== undefined) return error.message;
  return status === 0 ? undefined : `${stderr.trim().split('\n').at(-1)} (${status})`;
}

function cleanProblem(name: string): string | undefined {
  const { status, stderr } = spawnSync('/bin/sh', [script, 'clean', `mooring-${name}`], { encoding: 'utf8' });
  return status === 0 ? undefined : stderr.trim();
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'latin1').trim();
  } catch {
    // It has ended.
    return '';
  }
}

function childOf(pid: number): number | undefined {
  try {
    const [child = ''] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ');
    return child === '' ? undefined : Number(child);
  } catch {
    // It has ended, or has not begun.
    return undefined;
  }
}
