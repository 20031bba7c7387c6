/**
 * Pipes between this process and a program. Node itself gives a child sockets, and a program that opens `/dev/stdout` or
 * `/dev/stdin` then fails.
 */

import { execFile } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface Pipe {
  readonly read: number;
  readonly write: number;
}

/** Both ends of so many pipes, as descriptors that the caller has to close. */
export async function openPipes(count: number): Promise<readonly Pipe[]> {
  const dir = mkdtempSync(join(tmpdir(), 'mooring-pipes-'));
  const pipes: Pipe[] = [];
  try {
    const paths = Array.from({ length: count }, (_, i) => join(dir, String(i)));
    // A program under another user may open them anew.
    await promisify(execFile)('mkfifo', ['-m', '0666', ...paths]);
    for (const path of paths) pipes.push(openPipe(path));
    return pipes;
  } catch (error) {
    for (const { read, write } of pipes) closeAll(read, write);
    throw error;
  } finally {
    // Whoever has them open keeps them.
    rmSync(dir, { recursive: true, force: true });
  }
}

export function closeAll(...descriptors: readonly number[]): void {
  for (const descriptor of descriptors) closeSync(descriptor);
}

function openPipe(path: string): Pipe {
  const read = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return { read, write: openSync(path, constants.O_WRONLY | constants.O_NONBLOCK) };
}
