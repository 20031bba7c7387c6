/**
 * Which process is meant: a pid alone may by now be somebody else's. The pair of pid and start time is unique within
 * one boot and one PID namespace.
 */

import { readFileSync, readlinkSync } from 'node:fs';
import type { ProcessIdentity } from './supervisor-protocol.ts';

export interface ProcessStat {
  /** `R`, `S`, `Z`... */
  readonly state: string;
  readonly session: number;
  /** Clock ticks since boot. */
  readonly startTicks: number;
}

/**
 * Reads the text of `/proc/<pid>/stat`. The name in field 2 may hold anything, also `)` and spaces, so fields are
 * counted from the last parenthesis.
 */
export function parseStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', session: Number(fields[3]), startTicks: Number(fields[19]) };
}

/** Which boot and which PID namespace the pids that this process sees belong to. */
export function bootIdentity(): string {
  const bootID = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  return `${bootID} ${readlinkSync('/proc/self/ns/pid')}`;
}

export function identityOf(pid: number): ProcessIdentity | undefined {
  const stat = statOf(pid);
  return stat && { pid, startTicks: stat.startTicks, boot: bootIdentity() };
}

/** True while this very process runs. A zombie does not run: in a container without an init it may stay for ever. */
export function isRunning({ pid, startTicks, boot }: ProcessIdentity): boolean {
  const stat = statOf(pid);
  return (
    stat !== undefined && stat.state !== 'Z' && stat.startTicks === startTicks && boot === bootIdentity()
  );
}

/** Sends a signal; false when there is no such process any more. A negative pid means the whole group. */
export function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

function statOf(pid: number): ProcessStat | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    // No such process.
    return undefined;
  }
}
