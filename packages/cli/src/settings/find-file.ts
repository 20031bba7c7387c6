/** Which configuration file is read. */

import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { errorMessage } from '@mooring/core';
import type { Environment } from '../shell.ts';
import { UserError } from '../user-error.ts';
import { type ConfigFile, readConfigFile } from './config-file.ts';

/**
 * The file of `--config` or `MOOR_CONFIG`, which has to be there; else `moor.yaml` here, else `/etc/moor/moor.yaml`. Of
 * several the first one counts alone.
 */
export async function findConfigFile(
  given: string | undefined,
  { env, cwd }: { readonly env: Environment; readonly cwd: string },
): Promise<ConfigFile | undefined> {
  const named = given ?? (env['MOOR_CONFIG'] || undefined);
  if (named !== undefined) {
    const path = resolve(cwd, named);
    return readConfigFile(named, await read(path, named));
  }
  for (const path of [join(cwd, 'moor.yaml'), '/etc/moor/moor.yaml']) {
    const content = await readIfThere(path);
    if (content !== undefined) return readConfigFile(path, content);
  }
  return undefined;
}

async function read(path: string, named: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UserError(`${named} cannot be read: ${errorMessage(error)}`, {
      next: 'Name another file with --config, or leave it out: everything has a default.',
    });
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new UserError(`${path} cannot be read: ${errorMessage(error)}`);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR'].includes(String(error.code));
}
