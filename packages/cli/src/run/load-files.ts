/** The objects of files, folders and standard input. */

import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type ApiObject, formatProblem, hasCode, loadManifest, parseManifest } from '@mooring/core';
import type { Shell } from '../shell.ts';
import { UserError } from '../user-error.ts';

export interface LoadedFiles {
  readonly objects: readonly ApiObject[];
  /** What was taken and may not be what was meant. */
  readonly warnings: readonly string[];
}

/** Throws a `UserError` with the mistakes of all files at once. */
export async function loadFiles(
  names: readonly string[],
  { cwd, readInput }: Pick<Shell, 'cwd' | 'readInput'>,
): Promise<LoadedFiles> {
  const objects: ApiObject[] = [];
  const warnings: string[] = [];
  const mistakes: string[] = [];
  for (const name of names) {
    for (const file of await filesOf(name, cwd)) {
      try {
        objects.push(...(await load(file, { cwd, readInput }, warnings)));
      } catch (error) {
        if (!isAboutManifest(error)) throw error;
        mistakes.push(error.message);
      }
    }
  }
  if (mistakes.length > 0)
    throw new UserError(mistakes.join('\n'), { next: 'Nothing was started. Correct it and try again.' });
  return { objects, warnings };
}

async function load(
  file: string,
  { cwd, readInput }: Pick<Shell, 'cwd' | 'readInput'>,
  warnings: string[],
): Promise<readonly ApiObject[]> {
  const onWarning = (warning: Parameters<typeof formatProblem>[0]) =>
    void warnings.push(formatProblem(warning));
  if (file !== '-') return await loadManifest(resolve(cwd, file), { file, onWarning });
  const parsed = parseManifest(await readInput(), { file: 'standard input' });
  parsed.warnings.forEach(onWarning);
  if (parsed.errors.length > 0) throw new UserError(parsed.errors.map(formatProblem).join('\n'));
  return parsed.objects.map(({ object }) => object);
}

/** The manifests of a folder in the order of their names, or the file itself. */
async function filesOf(name: string, cwd: string): Promise<readonly string[]> {
  if (name === '-' || !(await isFolder(resolve(cwd, name)))) return [name];
  const found = (await readdir(resolve(cwd, name))).filter((file) => /\.(?:ya?ml|json)$/.test(file)).sort();
  if (found.length === 0)
    throw new UserError(`${name} has no manifest in it`, { next: 'They are named *.yaml, *.yml or *.json.' });
  return found.map((file) => join(name, file));
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    // Whoever reads it says what is wrong with it.
    return false;
  }
}

function isAboutManifest(error: unknown): error is Error {
  if (error instanceof UserError) return true;
  return hasCode(error, 'INVALID') || hasCode(error, 'MANIFEST_SYNTAX') || hasCode(error, 'NOT_FOUND');
}
