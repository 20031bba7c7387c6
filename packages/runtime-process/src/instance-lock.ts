/** One agent for each data directory: two would start every container twice. */

import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { MooringError } from '@mooring/core';
import { identityOf, isRunning } from './process-identity.ts';
import type { ProcessIdentity } from './supervisor-protocol.ts';

interface Holder extends ProcessIdentity {
  readonly nodeName: string;
}

/** Lock attempts while others come and go. */
const attemptsMax = 10;
/** Locks of this process, which a look at the pid cannot tell from a former life's. */
const held = new Set<string>();

/**
 * Takes the lock at `path`, which dies with this process. Throws `NODE_NAME_TAKEN` saying who holds it. The function
 * given back releases it.
 */
export function takeInstanceLock(path: string, nodeName: string): () => void {
  const identity = identityOf(process.pid);
  if (identity === undefined) throw new MooringError('RUNTIME_UNAVAILABLE', '/proc is not mounted');
  const content = JSON.stringify({ ...identity, nodeName } satisfies Holder);
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    if (tryCreate(path, content)) {
      held.add(path);
      return () => {
        held.delete(path);
        rmSync(path, { force: true });
      };
    }
    const holder = readHolder(path);
    if (held.has(path) || (holder !== undefined && isRunning(holder))) throw taken(path, holder);
    setAside(path, holder);
  }
  throw taken(path, readHolder(path));
}

/** Creates the lock with its content in one step. */
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
  if (!isSame) renameSync(aside, path);
  else rmSync(aside, { force: true });
}

function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    // Gone, or not a lock: nobody holds it.
    return undefined;
  }
}

function taken(path: string, holder: Holder | undefined): MooringError {
  const who =
    holder === undefined ? 'another agent' : `node ${JSON.stringify(holder.nodeName)} (pid ${holder.pid})`;
  return new MooringError(
    'NODE_NAME_TAKEN',
    `the data directory is in use by ${who}: stop that agent, or give this one a directory of its own (${path})`,
  );
}
