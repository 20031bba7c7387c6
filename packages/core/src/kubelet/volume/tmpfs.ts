/** File systems in memory, for `emptyDir` of medium `Memory`. Linux, and only for an agent that may mount. */

import { execFile } from 'node:child_process';
import { readFile, realpath } from 'node:fs/promises';
import { promisify } from 'node:util';
import { isNotFound } from './host-path.ts';

const run = promisify(execFile);

/** Rejects with the words of `mount` when the agent may not. */
export async function mountTmpfs(path: string, bytesMax: number, signal: AbortSignal): Promise<void> {
  const size = Number.isFinite(bytesMax) ? `,size=${Math.max(1, Math.floor(bytesMax))}` : '';
  await run('mount', ['-t', 'tmpfs', '-o', `mode=0777${size}`, 'tmpfs', path], { signal });
}

export async function unmount(path: string, signal: AbortSignal): Promise<void> {
  await run('umount', [path], { signal });
}

export async function isMountPoint(path: string): Promise<boolean> {
  return (await mountPoints()).includes(await realpath(path));
}

/** The deepest first, in the order in which they must be unmounted. */
export async function mountPointsBelow(folder: string): Promise<readonly string[]> {
  const points = await mountPoints();
  if (points.length === 0) return [];
  // A folder that cannot be resolved is gone, and so is what was mounted there.
  const real = await realpath(folder).catch(() => undefined);
  return real === undefined ? [] : points.filter((path) => path.startsWith(`${real}/`)).reverse();
}

/** In the order they were mounted; none on systems without `/proc`. */
async function mountPoints(): Promise<readonly string[]> {
  try {
    const table = await readFile('/proc/self/mountinfo', 'utf8');
    return table.split('\n').map((line) => decodeOctal(line.split(' ')[4] ?? ''));
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

/** The kernel writes blanks and backslashes in octal. */
function decodeOctal(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
