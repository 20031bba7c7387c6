// @ts-check
/**
 * The end of everything that an agent ran, for an agent that nobody can succeed. It goes by what is on disk and in
 * `/proc`, so that it also finds containers of an earlier supervisor, and what has left the session of its container.
 */

import { readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { killCgroups, removeCgroups } from './cgroup.js';
import { clock } from './clock.js';

/** @typedef {import('../supervisor-protocol.ts').ProcessIdentity & { readonly cgroups?: readonly string[] }} Identity */
/** @typedef {{ readonly pid: number, readonly session: number, readonly startTicks: number, readonly mark: string }} Entry */

const pollMs = 10;
/** The kernel ends what is killed in milliseconds; what it cannot end (a dead network disk) must not keep us. */
const endAttemptsMax = 500;
const mark = 'MOORING_CONTAINER_ID=';

/** Resolves when nothing of the containers runs any more. @param {string} dir of the runtime @param {string} boot */
export async function endContainers(dir, boot) {
  const ids = new Set(namesIn(join(dir, 'containers')));
  const leaders = identitiesIn(join(dir, 'containers')).filter((identity) => identity.boot === boot);
  /** @type {Set<number>} */
  const sessions = new Set();
  for (let attempt = 0; attempt < endAttemptsMax; attempt += 1) {
    const entries = listProcesses();
    for (const { pid, startTicks } of leaders)
      if (entries.some((entry) => entry.pid === pid && entry.startTicks === startTicks)) sessions.add(pid);
    const members = entries.filter((entry) => ids.has(entry.mark) || sessions.has(entry.session));
    if (members.length === 0) return;
    for (const { pid } of members) kill(pid);
    await clock.sleep(pollMs);
  }
}

/** The control groups of containers, and of what was prepared to be one. @param {string} dir of the runtime */
export function cgroupsIn(dir) {
  const identities = [...identitiesIn(join(dir, 'containers')), ...identitiesIn(join(dir, 'launches'))];
  return [...new Set(identities.flatMap(({ cgroups = [] }) => cgroups))];
}

/** Resolves when the groups are gone, and the ones above them that nobody else uses. @param {readonly string[]} dirs */
export async function endCgroups(dirs) {
  for (let attempt = 0; attempt < endAttemptsMax; attempt += 1) {
    killCgroups(dirs);
    if (removeCgroups(dirs)) break;
    await clock.sleep(pollMs);
  }
  for (const parent of new Set(dirs.map((dir) => dirname(dir)))) removeCgroups([parent, dirname(parent)]);
}

/** With the directories above it that are left empty: those of the cluster. @param {string} dir */
export function removeDirectory(dir) {
  rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  try {
    rmdirSync(dirname(dir));
    rmdirSync(dirname(dirname(dir)));
  } catch {
    // Another node of the cluster is in it, or the agent has removed it.
  }
}

/** @param {number} pid */
function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself in the meantime.
  }
}

/** @param {string} dir @returns {readonly string[]} */
function namesIn(dir) {
  try {
    return readdirSync(dir);
  } catch {
    // The agent is removing the directory as well.
    return [];
  }
}

/** @param {string} dir of containers, or of launches @returns {readonly Identity[]} */
function identitiesIn(dir) {
  const files = namesIn(dir).flatMap((name) =>
    ['launch/identity.json', 'identity.json'].map((file) => join(dir, name, file)),
  );
  return files.flatMap((file) => {
    try {
      return [JSON.parse(readFileSync(file, 'utf8'))];
    } catch {
      // Not started yet.
      return [];
    }
  });
}

/** All that runs, without zombies. @returns {readonly Entry[]} */
function listProcesses() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        if (fields[0] === 'Z' || fields[0] === 'X') return [];
        return [
          {
            pid: Number(name),
            session: Number(fields[3]),
            startTicks: Number(fields[19]),
            mark: markOf(name),
          },
        ];
      } catch {
        // It ended while it was looked at.
        return [];
      }
    });
}

/** @param {string} pid */
function markOf(pid) {
  try {
    const variables = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
    return variables.find((variable) => variable.startsWith(mark))?.slice(mark.length) ?? '';
  } catch {
    // Another user's process; its session still tells.
    return '';
  }
}
