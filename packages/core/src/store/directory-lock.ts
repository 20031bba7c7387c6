/** One process for each data directory: two would take each other's writes for damage. */

import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { MooringError } from '../contract/error.ts';
import { isProcessIdentity, isRunning, type ProcessIdentity, thisProcess } from './process-identity.ts';

/** Lock attempts while others come and go. */
const attemptsMax = 10;

interface Holder extends ProcessIdentity {
  readonly nodeName?: string;
}

/**
 * Takes the lock file at `path` for this process. A lock whose holder is dead is taken over. Throws `NODE_NAME_TAKEN`
 * naming `directory` and who holds it, with the name of its node where it gave one. The function given back releases the lock.
 *
 * @internal
 */
export function takeDirectoryLock(path: string, directory: string, nodeName?: string): () => void {
  const content = JSON.stringify({ ...thisProcess(), ...(nodeName !== undefined && { nodeName }) });
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    if (tryCreate(path, content)) return once(() => rmSync(path, { force: true }));
    const holder = readHolder(path);
    if (holder !== undefined && isRunning(holder)) throw taken(directory, holder);
    setAside(path, holder);
  }
  throw taken(directory, readHolder(path));
}

/** A second release would take the lock from whoever came next. */
function once(release: () => void): () => void {
  let isReleased = false;
  return () => {
    if (!isReleased) release();
    isReleased = true;
  };
}

/** Creates the lock with its content in one step: nobody ever reads half of one. */
function tryCreate(path: string, content: string): boolean {
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, content, { mode: 0o600 });
  try {
    linkSync(mine, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Removes the lock of a dead holder, and nobody else's: what was moved away is looked at once more. */
function setAside(path: string, dead: Holder | undefined): void {
  const aside = `${path}.stale-${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    // Somebody else was faster; the next attempt sees the new holder.
    return;
  }
  const moved = readHolder(aside);
  const isSame = moved?.pid === dead?.pid && moved?.startTicks === dead?.startTicks;
  if (isSame) rmSync(aside, { force: true });
  else renameSync(aside, path);
}

function readHolder(path: string): Holder | undefined {
  try {
    const holder: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isProcessIdentity(holder) ? holder : undefined;
  } catch {
    // Gone, or not a lock: nobody holds it.
    return undefined;
  }
}

function taken(directory: string, holder: Holder | undefined): MooringError {
  const who = holder === undefined ? 'another agent' : `${agentOf(holder)} in process ${holder.pid}`;
  const words = `${directory} is in use by ${who}: close that one first, or give this one a directory of its own`;
  return new MooringError('NODE_NAME_TAKEN', words);
}

function agentOf({ nodeName }: Holder): string {
  return typeof nodeName === 'string' ? `the agent of node ${JSON.stringify(nodeName)}` : 'an agent';
}
