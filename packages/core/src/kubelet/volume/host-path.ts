/** `hostPath.type`: what must be at a path of the host, and what is made when nothing is there. */

import type { Stats } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import type { HostPathType } from '../../api/pod.ts';

/** Throws `hostPath type check failed: <path> is not <what it should be>`. */
export async function checkHostPath(path: string, type: HostPathType): Promise<void> {
  const stats = (await statOf(path)) ?? (await make(path, type));
  const expected = expectations[type];
  if (expected === undefined) return;
  if (stats === undefined || !expected.holds(stats))
    throw new Error(`hostPath type check failed: ${path} is not ${expected.words}`);
}

interface Expectation {
  readonly words: string;
  holds(stats: Stats): boolean;
}

const directory: Expectation = { words: 'a directory', holds: (stats) => stats.isDirectory() };
/** Whatever is no directory passes for a file, as in Kubernetes. */
const file: Expectation = { words: 'a file', holds: (stats) => !stats.isDirectory() };

const expectations: Readonly<Record<HostPathType, Expectation | undefined>> = {
  '': undefined,
  DirectoryOrCreate: directory,
  Directory: directory,
  FileOrCreate: file,
  File: file,
  Socket: { words: 'a socket file', holds: (stats) => stats.isSocket() },
  CharDevice: { words: 'a character device', holds: (stats) => stats.isCharacterDevice() },
  BlockDevice: { words: 'a block device', holds: (stats) => stats.isBlockDevice() },
};

async function make(path: string, type: HostPathType): Promise<Stats | undefined> {
  if (type === 'FileOrCreate') {
    // The folder must be there: Kubernetes makes the file only.
    const handle = await open(path, 'a', 0o644);
    await handle.close();
  } else if (type === '' || type === 'DirectoryOrCreate') {
    // With an empty type the kubelet leaves the path alone, and container runtimes make a directory of it.
    await mkdir(path, { recursive: true, mode: 0o755 });
  }
  return await statOf(path);
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

export function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
