// @ts-check
/** Control groups of one launch: set up before it, asked after it, removed when empty. */

import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** @typedef {import('../supervisor-protocol.ts').CgroupPlan} CgroupPlan */

/**
 * Creates the groups and sets their limits; gives back their directories.
 * @param {readonly CgroupPlan[]} plans
 * @param {string} name
 */
export function createCgroups(plans, name) {
  return plans.map((plan) => {
    const dir = join(plan.parent, name);
    mkdirSync(dir, { recursive: true });
    for (const [file, value] of plan.files) writeFileSync(join(dir, file), value);
    return dir;
  });
}

/**
 * True when the kernel killed something in the group for want of memory, whether or not it was the leader
 * (containerd's rule).
 * @param {readonly CgroupPlan[]} plans
 * @param {readonly string[]} dirs
 */
export function wasOomKilled(plans, dirs) {
  return plans.some(({ oomFile }, i) => {
    const dir = dirs[i];
    if (oomFile === undefined || dir === undefined) return false;
    try {
      const count = /^oom_kill (\d+)$/m.exec(readFileSync(join(dir, oomFile), 'latin1'))?.[1];
      return Number(count ?? 0) > 0;
    } catch {
      // Somebody removed the group: what it counted is not known any more.
      return false;
    }
  });
}

/** Kills what is left in the groups, also what has left the session of its container. @param {readonly string[]} dirs */
export function killCgroups(dirs) {
  for (const dir of dirs) {
    for (const pid of pidsIn(dir)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself in the meantime.
      }
    }
  }
}

/** True when all groups are gone. A group with a process that is still dying stays. @param {readonly string[]} dirs */
export function removeCgroups(dirs) {
  let isGone = true;
  for (const dir of dirs) {
    try {
      rmdirSync(dir);
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') isGone = false;
    }
  }
  return isGone;
}

/** @param {string} dir */
function pidsIn(dir) {
  try {
    return readFileSync(join(dir, 'cgroup.procs'), 'latin1').split('\n').filter(Boolean).map(Number);
  } catch {
    // The group is gone, and all that was in it.
    return [];
  }
}
