// @ts-check
/** Small files that other processes read at any moment. */

import { readFileSync, readlinkSync, renameSync, writeFileSync } from 'node:fs';

/**
 * Writes JSON so that a reader sees the old content or the new one, never a half. No fsync: after a power failure
 * the processes that these files speak of are gone as well.
 * @param {string} path
 * @param {unknown} value
 */
export function writeJson(path, value) {
  const temporary = `${path}.new`;
  writeFileSync(temporary, JSON.stringify(value), { mode: 0o600 });
  renameSync(temporary, path);
}

/**
 * The start time of a live process in clock ticks since boot. The name in field 2 may hold anything, also `)` and
 * spaces, so fields are counted from the last parenthesis.
 * @param {number} pid
 */
export function startTicksOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
}

/** Which boot and which PID namespace the pids of this process belong to. */
export function bootIdentity() {
  const bootID = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  return `${bootID} ${readlinkSync('/proc/self/ns/pid')}`;
}
