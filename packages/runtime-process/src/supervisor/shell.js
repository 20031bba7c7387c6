// @ts-check
/**
 * A shell that waits to become a container: first for the script that sets it up, then for the word to go. It has its
 * session, its pipes and, where the container wants one, its mount namespace; it costs some 100 KiB.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, constants, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clock } from './clock.js';

/** @typedef {import('../supervisor-protocol.ts').ShellKind} ShellKind */
/**
 * @typedef {object} Shell
 * @property {string} name
 * @property {string} dir
 * @property {ShellKind} kind
 * @property {number} pid
 * @property {string} mountTable of the host, when the shell was made
 * @property {{ readonly stdout: number, readonly stderr: number }} pipes to be read by the owner
 * @property {() => boolean} hasEnded
 * @property {() => void} end kills it, unless it has ended, when its number may be somebody else's
 * @property {() => void} releaseMounts lets its mounts go with it; to be called once it has ended
 * @property {(script: string) => Promise<void>} setUp runs the script; rejects with the reason why it cannot go on
 * @property {(id: string) => void} go
 * @property {(listener: (code: number | null, signal: NodeJS.Signals | null) => void) => void} onExit
 */

/** A checklist of mounts and groups takes milliseconds; longer means that something hangs. */
const readyWithinMs = 30_000;
/**
 * Mounts the usual termination log ahead, then waits for the script. The end of the supervisor is the end of a shell
 * that waits for its word. A protection from the kernel's search for memory, which a service has, is not the container's.
 * @param {number} oomScoreAdjust of the supervisor
 */
export const bootstrapOf = (
  oomScoreAdjust,
) => `${oomScoreAdjust < 0 ? '\necho 0 >/proc/self/oom_score_adj' : ''}
if [ -n "$3" ] && mount --bind "$1/termination-log" "$3" 2>/dev/null; then mooring_log=$3; fi
IFS= read -r mooring_script <&3 || exit 0
. "$mooring_script"`;
const bootstrap = bootstrapOf(Number(readFileSync('/proc/self/oom_score_adj', 'latin1')));
const toolPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * @param {string} dir where the named pipes are
 * @param {string} name
 * @param {ShellKind} kind
 * @returns {Promise<Shell>}
 */
export async function spawnShell(dir, name, kind) {
  const mountTable = hostMountTable();
  // First, as it may fail, on a full disk, when there is nothing yet to be closed.
  makeTerminationLog(join(dir, 'termination-log'));
  const stdout = openPipe(join(dir, 'stdout'));
  const stderr = openPipe(join(dir, 'stderr'));
  const shell = ['/bin/sh', '-c', bootstrap, 'mooring', dir, name, kind.terminationLogPath ?? ''];
  const [file = '', ...args] = [...kind.prefix, ...shell];
  const child = spawn(file, args, {
    cwd: '/',
    env: { PATH: toolPath },
    detached: true,
    stdio: ['ignore', stdout.write, stderr.write, 'pipe'],
  });
  closeSync(stdout.write);
  closeSync(stderr.write);
  const { pid } = child;
  if (pid === undefined) {
    closeSync(stdout.read);
    closeSync(stderr.read);
    const [error] = await once(child, 'error');
    throw error;
  }
  const control = /** @type {import('node:net').Socket} */ (child.stdio[3]);
  control.on('error', () => {
    // The other end closes when the process starts or dies; both are seen elsewhere.
  });
  const mounts = new HeldMounts(pid, kind);
  return {
    ...{ name, dir, kind, pid, mountTable },
    pipes: { stdout: stdout.read, stderr: stderr.read },
    async setUp(script) {
      const ready = readyWord(control);
      control.write(`${script}\n`);
      await ready;
      mounts.hold();
    },
    releaseMounts: () => mounts.release(),
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    end() {
      mounts.release();
      closeSync(stdout.read);
      closeSync(stderr.read);
      if (child.exitCode === null && child.signalCode === null) process.kill(-pid, 'SIGKILL');
    },
    go: (id) => control.write(`${id}\n`),
    onExit: (listener) => child.once('exit', listener),
  };
}

/**
 * A container may run as any user; only what mounts this file can reach it.
 * @param {string} path
 */
function makeTerminationLog(path) {
  writeFileSync(path, '');
  // Not as the mode of a new file, of which the umask takes away.
  chmodSync(path, 0o666);
}

/**
 * The mount namespace of a shell, held beyond its end: to take one down costs as much as to notice a death, and would come
 * before it.
 */
class HeldMounts {
  /** @param {number} pid @param {ShellKind} kind */
  constructor(pid, kind) {
    this.path = kind.prefix.length === 0 ? undefined : `/proc/${pid}/ns/mnt`;
    this.fd = -1;
  }

  hold() {
    if (this.path === undefined || this.fd >= 0) return;
    try {
      this.fd = openSync(this.path, constants.O_RDONLY);
    } catch {
      // It has ended already, and its mounts with it.
    }
  }

  release() {
    if (this.fd >= 0) closeSync(this.fd);
    this.fd = -1;
  }
}

/** What a new mount namespace is a copy of: one that was copied before a change may lack a volume. */
export function hostMountTable() {
  return readFileSync('/proc/self/mountinfo', 'latin1');
}

/**
 * Resolves with the word `ready` of the script; rejects with what it says after `fail`.
 * @param {import('node:net').Socket} control
 * @returns {Promise<void>}
 */
function readyWord(control) {
  return new Promise((resolve, reject) => {
    let said = '';
    const timer = clock.after(() => reject(new Error('the process was not set up in time')), readyWithinMs);
    control.setEncoding('utf8');
    control.on('data', (chunk) => {
      said += chunk;
      if (said !== 'ready\n') return;
      timer.clear();
      resolve();
    });
    control.on('close', () => {
      timer.clear();
      reject(new Error(said.replace(/^fail /, '').trim() || 'the launch script ended'));
    });
  });
}

/**
 * The writing end is opened for reading too: then nobody who writes is killed by SIGPIPE when this process dies.
 * @param {string} path
 */
function openPipe(path) {
  return {
    read: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK),
    write: openSync(path, constants.O_RDWR | constants.O_NONBLOCK),
  };
}
