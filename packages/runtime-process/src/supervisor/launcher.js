// @ts-check
/**
 * Prepares processes up to the point where only the word to go is missing. A prepared launch has its session, its
 * pipes, its mounts and its control groups; it waits in a shell of some 100 KiB. Because it can be prepared while its
 * predecessor still runs, a restart costs one `exec` and not a fork of a large process.
 */

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdirSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCgroups, killCgroups, removeCgroups } from './cgroup.js';
import { clock } from './clock.js';

/** @typedef {import('../supervisor-protocol.ts').LaunchPlan} LaunchPlan */
/**
 * @typedef {object} Launch
 * @property {LaunchPlan} plan
 * @property {string} dir
 * @property {number} pid
 * @property {readonly string[]} cgroups
 * @property {{ readonly stdout: number, readonly stderr: number }} pipes to be read by the owner
 * @property {Promise<void>} ready rejects with the reason why it cannot be started
 * @property {(id: string) => void} go
 * @property {(listener: (code: number | null, signal: NodeJS.Signals | null) => void) => void} onExit
 */

/** Pairs of named pipes made ahead, a batch by one `mkfifo`: Node has no call for them. */
const reserveMin = 4;
const batchSize = 8;
/** A checklist of mounts and groups takes milliseconds; longer means that something hangs. */
const readyWithinMs = 30_000;
/** How often, and how long, an emptied control group is tried to be removed. */
const cgroupRetryMs = 50;
const cgroupRetriesMax = 200;

export class Launcher {
  /** @param {string} dir */
  constructor(dir) {
    this.dir = join(dir, 'launches');
    this.count = 0;
    /** @type {string[]} */
    this.reserve = [];
    /** @type {Promise<void> | undefined} */
    this.refilling = undefined;
    mkdirSync(this.dir, { recursive: true, mode: 0o700 });
    this.removeStale();
  }

  /**
   * @param {LaunchPlan} plan
   * @returns {Promise<Launch>}
   */
  async prepare(plan) {
    const name = await this.takeReserved();
    const dir = join(this.dir, name);
    /** @type {string[]} */
    let cgroups = [];
    try {
      cgroups = createCgroups(plan.cgroups, name);
      const script = join(dir, 'run.sh');
      writeFileSync(script, plan.script, { mode: 0o600 });
      const terminationLog = join(dir, 'termination-log');
      writeFileSync(terminationLog, '');
      return await spawnLaunch(plan, dir, [...plan.prefix, '/bin/sh', script, dir, name], cgroups);
    } catch (error) {
      removeCgroups(cgroups);
      rmSync(dir, { recursive: true, force: true });
      throw error;
    }
  }

  /** Ends a launch that nobody wants any more. @param {Launch} launch */
  discard(launch) {
    try {
      process.kill(-launch.pid, 'SIGKILL');
    } catch {
      // It could not be prepared and has ended.
    }
    closeSync(launch.pipes.stdout);
    closeSync(launch.pipes.stderr);
    rmSync(launch.dir, { recursive: true, force: true });
    cleanUpCgroups(launch.cgroups);
  }

  close() {
    for (const name of this.reserve.splice(0)) rmSync(join(this.dir, name), { recursive: true, force: true });
  }

  /** @returns {Promise<string>} */
  async takeReserved() {
    for (;;) {
      const name = this.reserve.shift();
      if (this.reserve.length < reserveMin) {
        const refilled = this.refill();
        if (name === undefined) await refilled;
        else refilled.catch((error) => console.error('making pipes ahead:', error));
      }
      if (name !== undefined) return name;
    }
  }

  refill() {
    this.refilling ??= this.makeBatch().finally(() => {
      this.refilling = undefined;
    });
    return this.refilling;
  }

  async makeBatch() {
    const names = Array.from({ length: batchSize }, () => `${process.pid}-${++this.count}`);
    for (const name of names) mkdirSync(join(this.dir, name), { mode: 0o700 });
    const pipes = names.flatMap((name) => [join(this.dir, name, 'stdout'), join(this.dir, name, 'stderr')]);
    // Writable for all: a container under another user may open /dev/stdout, which is one of these.
    await /** @type {Promise<void>} */ (
      new Promise((resolve, reject) => {
        execFile('mkfifo', ['-m', '0622', ...pipes], (error) => (error ? reject(error) : resolve()));
      })
    );
    this.reserve.push(...names);
  }

  /** Launches that a supervisor left behind that is no more. */
  removeStale() {
    for (const name of readdirSync(this.dir)) {
      const pid = Number.parseInt(name, 10);
      if (pid !== process.pid && isAlive(pid)) continue;
      rmSync(join(this.dir, name), { recursive: true, force: true });
    }
  }
}

/**
 * @param {LaunchPlan} plan
 * @param {string} dir
 * @param {readonly string[]} argv
 * @param {readonly string[]} cgroups
 * @returns {Promise<Launch>}
 */
async function spawnLaunch(plan, dir, argv, cgroups) {
  const stdout = openPipe(join(dir, 'stdout'));
  const stderr = openPipe(join(dir, 'stderr'));
  const [file = '/bin/sh', ...args] = argv;
  const child = spawn(file, args, {
    cwd: '/',
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
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
  const ready = readyWord(child, control);
  // Whoever starts this launch hears of the failure; until then it must not count as unhandled.
  ready.catch(() => undefined);
  return {
    plan,
    dir,
    pid,
    cgroups,
    pipes: { stdout: stdout.read, stderr: stderr.read },
    ready,
    go: (id) => control.write(`${id}\n`),
    onExit: (listener) => child.once('exit', listener),
  };
}

/**
 * Resolves with the word `ready` of the script; rejects with what it says after `fail`.
 * @param {import('node:child_process').ChildProcess} child
 * @param {import('node:net').Socket} control
 * @returns {Promise<void>}
 */
function readyWord(child, control) {
  return new Promise((resolve, reject) => {
    let said = '';
    const timer = clock.after(() => reject(new Error('the process was not set up in time')), readyWithinMs);
    control.setEncoding('utf8');
    control.on('data', (chunk) => {
      said += chunk;
      if (said === 'ready\n') settle(undefined);
    });
    control.on('error', () => {
      // The other end closes when the process starts or dies; both are seen elsewhere.
    });
    control.on('end', () =>
      settle(new Error(said.replace(/^fail /, '').trim() || 'the launch script ended')),
    );
    child.once('error', settle);
    /** @param {Error | undefined} error */
    function settle(error) {
      timer.clear();
      if (error === undefined) resolve();
      else reject(error);
    }
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

/** Kills what is left in the groups and removes them once it has died. @param {readonly string[]} dirs */
export function cleanUpCgroups(dirs, retriesLeft = cgroupRetriesMax) {
  killCgroups(dirs);
  if (removeCgroups(dirs) || retriesLeft === 0) return;
  clock.after(() => cleanUpCgroups(dirs, retriesLeft - 1), cgroupRetryMs).unref();
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    // Nobody has this pid.
    return false;
  }
}
