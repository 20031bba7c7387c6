/** The objects of files, folders and standard input. */

import type { Stats } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
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
  const found = new Map<string, Found>();
  const warnings: string[] = [];
  const mistakes: string[] = [];
  for (const name of names) {
    for (const file of await filesOf(name, cwd)) {
      try {
        const loaded = await load(file, { cwd, readInput }, warnings);
        for (const object of loaded) warnings.push(...keep({ object, file }, found));
      } catch (error) {
        if (!isAboutManifest(error)) throw error;
        mistakes.push(error.message);
      }
    }
  }
  // A misspelt field is often why another one is missing.
  const said = warnings.map((warning) => `warning: ${warning}`);
  if (mistakes.length > 0)
    throw new UserError([...mistakes, ...said].join('\n'), {
      next: 'Nothing was started. Correct it and try again.',
    });
  return { objects: [...found.values()].map(({ object }) => object), warnings };
}

interface Found {
  readonly object: ApiObject;
  readonly file: string;
}

async function load(
  file: string,
  { cwd, readInput }: Pick<Shell, 'cwd' | 'readInput'>,
  warnings: string[],
): Promise<readonly ApiObject[]> {
  const onWarning = (warning: Parameters<typeof formatProblem>[0]) =>
    void warnings.push(formatProblem(warning));
  if (/^https?:\/\//.test(file))
    throw new UserError(`${file} is no file, and addresses are not fetched: curl -fsS ${file} | moor run -`);
  const path = resolve(cwd, file);
  // The shell makes a pipe of `<(generate)`.
  const isPipe = file !== '-' && (await statusOf(path))?.isFIFO() === true;
  if (file !== '-' && !isPipe) return await loadManifest(path, { file, onWarning });
  const text = isPipe ? await readFile(path, 'utf8') : await readInput();
  const parsed = parseManifest(text, { file: isPipe ? file : 'standard input' });
  parsed.warnings.forEach(onWarning);
  if (parsed.errors.length > 0) throw new UserError(parsed.errors.map(formatProblem).join('\n'));
  return parsed.objects.map(({ object }) => object);
}

/**
 * Of two descriptions of one object the later one counts, as with `kubectl apply`: which may not be what was meant. The
 * former is dropped, for a pod that runs takes no other command.
 */
function keep({ object, file }: Found, found: Map<string, Found>): readonly string[] {
  const { kind, metadata } = object;
  const { name, generateName = '' } = metadata;
  // Those whose names are yet to be generated are never the same.
  const key = `${kind} ${metadata.namespace ?? 'default'}/${name ?? `${generateName}#${found.size}`}`;
  const before = found.get(key)?.file;
  found.set(key, { object, file });
  return before === undefined ? [] : [`${key} is in ${before} and again in ${file}: the later one counts`];
}

/** The manifests of a folder in the order of their names, or the file itself. Editors keep locks and copies in hidden files. */
async function filesOf(name: string, cwd: string): Promise<readonly string[]> {
  const path = resolve(cwd, name);
  if (name === '-' || (await statusOf(path))?.isDirectory() !== true) return [name];
  const found = (await readdir(path)).filter((file) => /^[^.].*\.(?:ya?ml|json)$/.test(file)).sort();
  if (found.length === 0)
    throw new UserError(`${name} has no manifest in it`, { next: 'They are named *.yaml, *.yml or *.json.' });
  return found.map((file) => join(name, file));
}

async function statusOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch {
    // Whoever reads it says what is wrong with it.
    return undefined;
  }
}

function isAboutManifest(error: unknown): error is Error {
  if (error instanceof UserError) return true;
  return hasCode(error, 'INVALID') || hasCode(error, 'MANIFEST_SYNTAX') || hasCode(error, 'NOT_FOUND');
}
