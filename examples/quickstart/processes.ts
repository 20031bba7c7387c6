/** The processes of one run: found by what /proc says of them, so that none can be forgotten. */

import { type Dirent, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { docker, removeContainersOf } from './docker-images.ts';

/** Every container carries it, with the directory of the run as its value. */
export const runVariable = 'MOORING_QUICKSTART';

/** Ends every process and container of the run but this one, by force, and removes its directory. */
export function sweep(dir: string): void {
  for (const key of agentKeysIn(dir)) removeContainersOf(key);
  // A process that is being started while one looks is seen the next time.
  while (killAll(processesOf(dir)) > 0);
  rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

/** To the first process of a container, by the ID that its status shows. Throws when there is none. */
export function signalContainer(containerID = '', name: NodeJS.Signals): void {
  if (containerID.startsWith('docker://')) {
    docker('kill', '--signal', name, containerID.replace('docker://', ''));
    return;
  }
  const pid = leaderOf(containerID);
  if (pid === undefined) throw new Error(`container ${containerID} has no process`);
  process.kill(pid, name);
}

function leaderOf(containerID: string): number | undefined {
  const id = containerID.replace(/^process:\/\//, '');
  return otherProcesses().find(
    (pid) => hasVariable(pid, 'MOORING_CONTAINER_ID', id) && sessionOf(pid) === pid,
  );
}

/** Of the agents that had containers on Docker. */
function agentKeysIn(dir: string): readonly string[] {
  return filesIn(dir)
    .filter((file) => basename(file) === 'docker-agent.json')
    .map((file) => (JSON.parse(readFileSync(file, 'utf8')) as { readonly key: string }).key);
}

/** What is below a directory, in which others may be at work: a folder that goes meanwhile has none. */
function filesIn(dir: string): readonly string[] {
  return entriesOf(dir).flatMap((entry) => {
    const path = join(dir, entry.name);
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}

function entriesOf(dir: string): readonly Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** Containers, and the programs of Node that were started to look after the directory. */
function processesOf(dir: string): readonly number[] {
  const looksAfter = (pid: number) => linkOf(pid) === process.execPath && read(pid, 'cmdline').includes(dir);
  return otherProcesses().filter((pid) => hasVariable(pid, runVariable, dir) || looksAfter(pid));
}

function killAll(pids: readonly number[]): number {
  let killed = 0;
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
      killed += 1;
    } catch {
      // It has ended meanwhile.
    }
  }
  return killed;
}

function otherProcesses(): readonly number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => pid !== process.pid);
}

function hasVariable(pid: number, name: string, value: string): boolean {
  return read(pid, 'environ').split('\0').includes(`${name}=${value}`);
}

function sessionOf(pid: number): number {
  // The name of the program, in brackets, may hold spaces and brackets itself.
  return Number(
    read(pid, 'stat')
      .replace(/^.*\) /s, '')
      .split(' ')[3],
  );
}

function linkOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    // As below.
    return undefined;
  }
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // Gone, or somebody else's.
    return '';
  }
}
