// @ts-check
/**
 * Prepares processes up to the point where only the word to go is missing. What takes long is done ahead: pipes are
 * made in batches, a few shells wait for any container, and the next instance of each container is set up while its
 * predecessor still runs. A restart then costs one `exec`, and not a fork of a large process.
 */

import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCgroups, killCgroups, removeCgroups } from './cgroup.js';
import { clock } from './clock.js';
import { startTicksOf, writeJson } from './files.js';
import { hostMountTable, spawnShell } from './shell.js';

/** @typedef {import('../supervisor-protocol.ts').LaunchPlan} LaunchPlan */
/** @typedef {import('../supervisor-protocol.ts').ShellKind} ShellKind */
/** @typedef {import('./shell.js').Shell} Shell */
/** @typedef {Omit<import('../supervisor-protocol.ts').ProcessRecord, 'startedAtMs'>} Identity */
/** @typedef {{ plan: LaunchPlan, shell: Shell, dir: string, identity: Identity }} Launch */

/** Pairs of named pipes made ahead, a batch by one `mkfifo`: Node has no call for them. */
const reserveMin = 4;
const batchSize = 8;
/** Shells that wait for any container. One that was taken is replaced a moment later: what it became comes first. */
const idleMax = 2;
const idleDelayMs = 5;
/** How often, and how long, an emptied control group is tried to be removed. */
const cgroupRetryMs = 50;
const cgroupRetriesMax = 200;

export class Launcher {
  /** @param {string} dir @param {string} boot */
  constructor(dir, boot) {
    this.boot = boot;
    this.dir = join(dir, 'launches');
    this.count = 0;
    /** @type {string[]} */
    this.reserve = [];
    /** @type {Promise<void> | undefined} */
    this.refilling = undefined;
    /** What most containers will be started in. @type {ShellKind} */
    this.usualKind = { prefix: [] };
    /** @type {Shell[]} */
    this.idle = [];
    this.idleComing = 0;
    mkdirSync(this.dir, { recursive: true, mode: 0o700 });
    this.removeStale();
  }

  /** Rejects with the reason why the process cannot be set up. @param {LaunchPlan} plan @returns {Promise<Launch>} */
  async prepare(plan) {
    const shell = this.takeIdle(plan.prefix) ?? (await this.makeShell({ prefix: plan.prefix }));
    const identity = { pid: shell.pid, startTicks: startTicksOf(shell.pid), boot: this.boot };
    /** @type {Launch} */
    const launch = { plan, shell, dir: shell.dir, identity: { ...identity, cgroups: [] } };
    try {
      launch.identity = { ...identity, cgroups: createCgroups(plan.cgroups, shell.name) };
      writeJson(join(shell.dir, 'identity.json'), launch.identity);
      const script = join(shell.dir, 'run.sh');
      writeFileSync(script, plan.script, { mode: 0o600 });
      await shell.setUp(script);
      return launch;
    } catch (error) {
      this.discard(launch);
      throw error;
    }
  }

  /** Ends a launch that nobody wants any more. @param {Launch} launch */
  discard({ shell, dir, identity }) {
    shell.end();
    rmSync(dir, { recursive: true, force: true });
    cleanUpCgroups(identity.cgroups);
  }

  /** Keeps shells of this kind waiting from now on. @param {ShellKind} kind */
  keepIdle(kind) {
    this.usualKind = kind;
    for (let i = this.idle.length + this.idleComing; i < idleMax; i += 1) this.addIdleLater();
  }

  /** @param {readonly string[]} prefix */
  takeIdle(prefix) {
    if (JSON.stringify(prefix) !== JSON.stringify(this.usualKind.prefix)) return undefined;
    for (let shell = this.idle.shift(); shell !== undefined; shell = this.idle.shift()) {
      this.addIdleLater();
      if (!shell.hasEnded() && isCurrent(shell)) return shell;
      shell.end();
      rmSync(shell.dir, { recursive: true, force: true });
    }
    return undefined;
  }

  addIdleLater() {
    this.idleComing += 1;
    clock.after(async () => {
      try {
        const shell = await this.makeShell(this.usualKind);
        this.idle.push(shell);
        // One that dies while it waits was killed by somebody; the next start makes a new one.
        shell.onExit(() => {
          const at = this.idle.indexOf(shell);
          if (at < 0) return;
          this.idle.splice(at, 1);
          shell.end();
        });
      } catch (error) {
        console.error('making a shell ahead:', error);
      } finally {
        this.idleComing -= 1;
      }
    }, idleDelayMs);
  }

  /** @param {ShellKind} kind @returns {Promise<Shell>} */
  async makeShell(kind) {
    const name = await this.takeReserved();
    const dir = join(this.dir, name);
    try {
      return await spawnShell(dir, name, kind);
    } catch (error) {
      rmSync(dir, { recursive: true, force: true });
      throw error;
    }
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

/** True unless the shell has a mount namespace that was made before something was mounted on the host. @param {Shell} shell */
export function isCurrent({ kind, mountTable }) {
  return kind.prefix.length === 0 || mountTable === hostMountTable();
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
