/** Where a cluster keeps what outlives its process. */

import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { errorMessage, MooringError } from '../contract/error.ts';

export interface DataDirectory {
  /** Absolute. */
  readonly dataDir: string;
  /** Nobody has asked for it: it goes with the cluster. */
  readonly isTemporary: boolean;
}

/** Makes it where it is not there yet. Rejects with `INVALID` when nothing can be written below it. */
export async function openDataDirectory(given: string | undefined): Promise<DataDirectory> {
  if (given === undefined) return { dataDir: await makeTemporary(tmpdir()), isTemporary: true };
  const dataDir = resolve(given);
  try {
    // At once: a simulated cluster lives in virtual time, which does not wait for a disk.
    makeDirectory(dataDir);
    accessSync(dataDir, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const next = 'name a directory that this process may write to';
    throw new MooringError('INVALID', `dataDir: ${dataDir} cannot be used: ${errorMessage(cause)}: ${next}`, {
      cause,
    });
  }
  return { dataDir, isTemporary: false };
}

/** One after the other: in `/proc` and the like, where nothing can be made, `mkdir` with `recursive` never comes to an end. */
function makeDirectory(path: string): void {
  const missing: string[] = [];
  for (let at = path; !existsSync(at); at = dirname(at)) missing.unshift(at);
  for (const directory of missing) mkdirUnlessThere(directory);
  mkdirUnlessThere(path);
}

/** Another process may be making the same one. Throws for what is no directory. */
function mkdirUnlessThere(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST' || !statSync(path).isDirectory()) throw error;
  }
}

async function makeTemporary(parent: string): Promise<string> {
  try {
    return await mkdtemp(join(parent, 'mooring-'));
  } catch (cause) {
    const next = 'name another one with TMPDIR, or a dataDir to keep';
    const words = `no directory can be made in ${parent}, where temporary files go: ${errorMessage(cause)}: ${next}`;
    throw new MooringError('INVALID', words, { cause });
  }
}
