/** Which process it was that wrote something down, and whether it still runs. */

import { readFileSync, readlinkSync } from 'node:fs';

/**
 * A pid alone may by now be somebody else's; where there is no `/proc` it is all there is.
 *
 * @internal
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTicks?: number;
  /** Which boot and which PID namespace the pid belongs to. */
  readonly boot?: string;
}

export function isProcessIdentity(value: unknown): value is ProcessIdentity {
  return typeof value === 'object' && value !== null && 'pid' in value && Number.isSafeInteger(value.pid);
}

/**
 * Of `/proc/<pid>/stat`.
 *
 * @internal
 */
export interface ProcessStat {
  /** `R`, `S`, `Z`... */
  readonly state: string;
  readonly session: number;
  /** Clock ticks since boot. */
  readonly startTicks: number;
}

/**
 * Who this process is, so that another one that gets the same PID later is not taken for it.
 *
 * @internal
 */
export function thisProcess(): ProcessIdentity {
  const { startTicks, boot } = { startTicks: statOf(process.pid)?.startTicks, boot: bootIdentity() };
  return {
    pid: process.pid,
    ...(startTicks !== undefined && { startTicks }),
    ...(boot !== undefined && { boot }),
  };
}

/**
 * True while that very process runs, as far as can be seen from here; a zombie does not.
 *
 * @internal
 */
export function isRunning({ pid, startTicks, boot }: ProcessIdentity): boolean {
  if (boot !== bootIdentity()) return false;
  if (startTicks === undefined) return answers(pid);
  const stat = statOf(pid);
  return stat !== undefined && stat.state !== 'Z' && stat.startTicks === startTicks;
}

/**
 * It ran under the kernel and in the PID namespace that this process sees, and is there no more. One of another host, of
 * another container or from before a reboot may run somewhere: a host name or a directory is no proof, both may be shared.
 */
export function isSurelyGone(identity: ProcessIdentity): boolean {
  const { boot, startTicks } = identity;
  if (boot === undefined || startTicks === undefined || boot !== bootIdentity()) return false;
  return !isRunning(identity);
}

function answers(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // A process of another user runs, too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * The name in field 2 may hold anything, also `)` and spaces, so fields are counted from the last parenthesis.
 *
 * @internal
 */
export function parseStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', session: Number(fields[3]), startTicks: Number(fields[19]) };
}

function statOf(pid: number): ProcessStat | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    // No such process, or no /proc.
    return undefined;
  }
}

/**
 * Which boot and which PID namespace the pids that this process sees belong to.
 *
 * @internal
 */
export function bootIdentity(): string | undefined {
  try {
    const bootID = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    return `${bootID} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    // Not Linux.
    return undefined;
  }
}
