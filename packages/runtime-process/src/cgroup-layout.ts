/** Finds out which limits can be enforced here, by making a group and setting one. */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CgroupLayout } from './cgroup-plan.ts';

const root = '/sys/fs/cgroup';
/** All groups of all agents of a host lie below this one. */
const family = 'mooring';

/** `undefined` when no group can be made. `agentKey` keeps the groups of several agents apart. */
export function findCgroups(agentKey: string): CgroupLayout | undefined {
  return findVersion1(agentKey) ?? findVersion2(agentKey);
}

/** Removes the groups of this agent that are empty; true when none is left. One that holds a process stays. */
export function removeEmptyCgroups({ memoryDir, cpuDir }: CgroupLayout): boolean {
  const dirs = [...new Set([memoryDir, cpuDir])].filter((dir) => dir !== undefined);
  for (const dir of dirs) {
    for (const group of groupsIn(dir)) removeGroup(group);
    // The last agent of the host removes what all of them share.
    if (removeGroup(dir)) removeGroup(dirname(dir));
  }
  return dirs.every((dir) => !existsSync(dir));
}

function groupsIn(dir: string): readonly string[] {
  if (!existsSync(dir)) return [];
  const entries = readdirSync(dir, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(dir, name));
}

function removeGroup(dir: string): boolean {
  try {
    rmdirSync(dir);
    return true;
  } catch {
    // It holds a process or a group of another agent, or is gone already.
    return false;
  }
}

function findVersion1(agentKey: string): CgroupLayout | undefined {
  const memoryDir = usable(join(root, 'memory'), agentKey, 'memory.limit_in_bytes', '-1');
  const cpuDir =
    usable(join(root, 'cpu'), agentKey, 'cpu.cfs_quota_us', '-1') ??
    usable(join(root, 'cpu,cpuacct'), agentKey, 'cpu.cfs_quota_us', '-1');
  if (memoryDir === undefined && cpuDir === undefined) return undefined;
  const hasSwapLimit = existsSync(join(root, 'memory', 'memory.memsw.limit_in_bytes'));
  return { version: 1, hasSwapLimit, ...(memoryDir && { memoryDir }), ...(cpuDir && { cpuDir }) };
}

function findVersion2(agentKey: string): CgroupLayout | undefined {
  if (!existsSync(join(root, 'cgroup.controllers'))) return undefined;
  const dir = join(root, family, agentKey);
  try {
    mkdirSync(dir, { recursive: true });
  } catch {
    // Not ours to write: the agent is not root, or in a container of its own.
    return undefined;
  }
  // A controller must be handed down at each level before a group below it can use it.
  for (const level of [root, dirname(dir), dir])
    for (const controller of ['memory', 'cpu']) enable(level, controller);
  const hasMemory = controllersOf(dir, 'cgroup.subtree_control').includes('memory');
  const hasCpu = controllersOf(dir, 'cgroup.subtree_control').includes('cpu');
  if (!hasMemory && !hasCpu) return undefined;
  const hasSwapLimit = hasMemory && existsSync(join(dir, 'memory.swap.max'));
  return { version: 2, hasSwapLimit, ...(hasMemory && { memoryDir: dir }), ...(hasCpu && { cpuDir: dir }) };
}

/** The directory for our groups below a version 1 hierarchy, when a limit can be set in it. */
function usable(hierarchy: string, agentKey: string, file: string, value: string): string | undefined {
  const dir = join(hierarchy, family, agentKey);
  try {
    // Without the file this is some ordinary directory.
    if (!existsSync(join(hierarchy, 'cgroup.procs'))) return undefined;
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, file), value);
    // The supervisor makes it again for the first container with a limit.
    if (removeGroup(dir)) removeGroup(dirname(dir));
    return dir;
  } catch {
    // Not ours to write, or a kernel without this limit.
    return undefined;
  }
}

function enable(dir: string, controller: string): void {
  try {
    writeFileSync(join(dir, 'cgroup.subtree_control'), `+${controller}`);
  } catch {
    // What counts is what the lowest level has in the end.
  }
}

function controllersOf(dir: string, file: string): readonly string[] {
  try {
    return readFileSync(join(dir, file), 'latin1').trim().split(' ');
  } catch {
    // No such group.
    return [];
  }
}
