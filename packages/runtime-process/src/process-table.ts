/** Who belongs to a container, asked of the kernel: `/proc` knows also those that left the group of their leader. */

import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { parseStat } from '@mooring/core';
import { containerIDVariable } from './supervisor-protocol.ts';

export interface ProcessEntry {
  readonly pid: number;
  readonly session: number;
  readonly startTicks: number;
  /** From the environment that the process was started with; unreadable for processes of other users. */
  readonly containerID?: string;
}

let current: Promise<unknown> | undefined;
let next: Promise<readonly ProcessEntry[]> | undefined;

/**
 * All processes that run, without zombies, as they are after the call. Those who ask while a look is under way share
 * the next one: stopping a hundred containers at a time takes a few looks, not a hundred.
 */
export function listProcesses(): Promise<readonly ProcessEntry[]> {
  next ??= lookAfter(current);
  return next;
}

async function lookAfter(former: Promise<unknown> | undefined): Promise<readonly ProcessEntry[]> {
  // How the former one ended concerns those who asked for it.
  await former?.catch(() => undefined);
  const look = readAll();
  current = look;
  next = undefined;
  return await look;
}

async function readAll(): Promise<readonly ProcessEntry[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const entries = await Promise.all(pids.map(readEntry));
  return entries.filter((entry) => entry !== undefined);
}

/**
 * Those of a container: marked by its ID in the environment, which a process that calls `setsid` takes along, or in its
 * session. A number that is still a session's is not given to a new process, so where another process has the number of
 * the leader, nobody is left of the old session.
 */
export function membersOf(
  processes: readonly ProcessEntry[],
  container: {
    readonly id: string;
    readonly pid: number;
    readonly startTicks: number;
    readonly hasSession: boolean;
  },
): readonly number[] {
  const { id, pid, startTicks, hasSession } = container;
  const isReused = processes.some((entry) => entry.pid === pid && entry.startTicks !== startTicks);
  const isInSession = (entry: ProcessEntry) =>
    hasSession && !isReused && entry.session === pid && (entry.containerID ?? id) === id;
  return processes
    .filter((entry) => entry.containerID === id || isInSession(entry))
    .map((entry) => entry.pid);
}

/** Those that were started with the variable set to the value, whatever session and group they are in. */
export async function carriersOf(variable: string, value: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const carries = await Promise.all(pids.map(async (pid) => (await readVariable(pid, variable)) === value));
  return pids.filter((_, i) => carries[i]);
}

/** None where the kernel does not tell, or when there is no such process any more. */
export function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

async function readEntry(pid: number): Promise<ProcessEntry | undefined> {
  try {
    const { state, session, startTicks } = parseStat(await readFile(`/proc/${pid}/stat`, 'latin1'));
    // Threads of the kernel have session 0; zombies cannot be killed.
    if (state === 'Z' || session === 0) return undefined;
    const containerID = await readVariable(pid, containerIDVariable);
    return { pid, session, startTicks, ...(containerID !== undefined && { containerID }) };
  } catch {
    // It ended while it was looked at.
    return undefined;
  }
}

async function readVariable(pid: number, name: string): Promise<string | undefined> {
  try {
    const prefix = `${name}=`;
    const variables = (await readFile(`/proc/${pid}/environ`, 'latin1')).split('\0');
    return variables.find((variable) => variable.startsWith(prefix))?.slice(prefix.length);
  } catch {
    // Another user's process; its session still tells.
    return undefined;
  }
}
