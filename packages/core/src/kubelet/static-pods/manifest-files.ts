import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

const fileBytesMax = 10 * 1024 * 1024;

/**
 * The files to read at a path: those of the directory, sorted, without subdirectories and without names that begin with
 * a dot; or the file itself. `undefined` when nothing is there. Rejects when it cannot be told for the moment.
 */
export async function manifestFiles(path: string): Promise<readonly string[] | undefined> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const names = (await readdir(path)).filter((name) => !name.startsWith('.')).sort();
    const files: string[] = [];
    for (const name of names) if (!(await isDirectory(join(path, name)))) files.push(join(path, name));
    return files;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** The text of a manifest; `undefined` when it is gone. Rejects with words for the user when it cannot be taken. */
export async function manifestText(file: string): Promise<string | undefined> {
  try {
    const stats = await stat(file);
    if (!stats.isFile()) throw new Error('is not a regular file');
    if (stats.size > fileBytesMax) throw new Error('is larger than 10 MiB');
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** Links are followed; one that leads nowhere is left for the reader to find gone. */
async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
