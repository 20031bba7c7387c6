/**
 * A directory whose files are replaced all at once, laid out as the kubelet does it:
 *
 *     ..3f2a91c07b5e4d18/app.yaml    the files; the folder is named after their content
 *     ..data -> ..3f2a91c07b5e4d18   the only thing that is swapped, by one rename
 *     app.yaml -> ..data/app.yaml    what programs open
 *
 * Naming the folder after the content makes "is it up to date?" one look at a link, and needs neither clock nor chance.
 */

import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isNotFound } from './host-path.ts';
import type { PlannedFile } from './volume-files.ts';

const current = '..data';
const next = '..data_tmp';

/** A short name for paths, modes and contents together. */
export function contentDigest(files: readonly PlannedFile[]): string {
  const hash = createHash('sha256');
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  // Lengths go first: otherwise the end of one file and the start of another could trade places.
  for (const { path, mode, content } of sorted)
    hash.update(`${path.length}:${path}:${mode}:${content.length}:`).update(content);
  return hash.digest('hex').slice(0, 16);
}

/** Makes `directory` show exactly these files. Safe to repeat after a crash at any point. */
export async function replaceFiles(directory: string, files: readonly PlannedFile[]): Promise<void> {
  const folder = `..${contentDigest(files)}`;
  await mkdir(directory, { recursive: true, mode: 0o755 });
  const shown = await linkTarget(join(directory, current));
  // After a power cut the link may have outlived the bytes it points to.
  if (shown !== folder || !(await holds(join(directory, folder), files))) {
    await rm(join(directory, folder), { recursive: true, force: true });
    await writeAll(join(directory, folder), files);
    await pointTo(directory, current, folder);
  }
  const names = new Set(files.map(({ path }) => path.split('/', 1)[0] ?? path));
  for (const name of names) await pointTo(directory, name, `${current}/${name}`);
  const kept = new Set([current, folder, ...names]);
  for (const name of await readdir(directory)) {
    if (!kept.has(name)) await rm(join(directory, name), { recursive: true, force: true });
  }
}

async function writeAll(folder: string, files: readonly PlannedFile[]): Promise<void> {
  await makeFolder(folder);
  for (const { path, mode, content } of files) {
    const file = join(folder, path);
    if (dirname(path) !== '.') await makeFolder(dirname(file));
    await writeFile(file, content);
    // Not the `mode` of `writeFile`: that one is narrowed by the agent's umask.
    await chmod(file, mode);
  }
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  await chmod(folder, 0o755);
}

/** Links `name` to `target` in one step, so that nobody ever finds it missing. */
async function pointTo(directory: string, name: string, target: string): Promise<void> {
  const link = join(directory, name);
  if ((await linkTarget(link)) === target) return;
  const fresh = join(directory, next);
  await rm(fresh, { recursive: true, force: true });
  await symlink(target, fresh);
  await rename(fresh, link);
}

async function linkTarget(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function holds(folder: string, files: readonly PlannedFile[]): Promise<boolean> {
  for (const { path, content } of files) {
    try {
      if (!(await readFile(join(folder, path))).equals(content)) return false;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }
  return true;
}
