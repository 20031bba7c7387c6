/**
 * Pipes between this process and a program. Node itself gives a child sockets, and a program that opens `/dev/stdout` or
 * `/dev/stdin` then fails. A named pipe would not do either: opened anew it waits for another end, which may be gone.
 */

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { closeSync, constants, fchmodSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

export interface Pipe {
  readonly read: number;
  readonly write: number;
}

/** Both ends of three pipes, as descriptors that the caller has to close. */
export async function openThreePipes(): Promise<readonly [Pipe, Pipe, Pipe]> {
  const holder = spawn('/bin/sh', ['-c', holdThreePipes], { stdio: ['pipe', 'pipe', 'ignore'] });
  const pipes: Pipe[] = [];
  try {
    const pid = await firstLine(holder);
    const open = (descriptor: number) => {
      const pipe = openPipe(`/proc/${pid}/fd/${descriptor}`);
      pipes.push(pipe);
      return pipe;
    };
    return [open(4), open(5), open(6)];
  } catch (error) {
    for (const { read, write } of pipes) closeAll(read, write);
    throw error;
  } finally {
    // It ends with its input. Whoever has a pipe open keeps it.
    holder.stdin.end();
  }
}

export function closeAll(...descriptors: readonly number[]): void {
  for (const descriptor of descriptors) closeSync(descriptor);
}

/** Node cannot make a pipe, a shell can. The innermost one holds all three, tells its process ID and waits. */
const holdThreePipes =
  'exec 3>&1; ( ( ( read -r pid _ </proc/self/stat; echo "$pid" >&3; read -r _ ) 4>&1 | : ) 5>&1 | : ) 6>&1 | :';

/** Either end of a pipe opens both, by the name that it has among the descriptors of its holder. */
function openPipe(path: string): Pipe {
  const read = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    // A program under another user may open it anew.
    fchmodSync(read, 0o666);
    return { read, write: openSync(path, constants.O_WRONLY | constants.O_NONBLOCK) };
  } catch (error) {
    closeSync(read);
    throw error;
  }
}

function firstLine(holder: ChildProcessByStdio<Writable, Readable, null>): Promise<string> {
  return new Promise((resolve, reject) => {
    holder.once('error', reject);
    holder.once('exit', () =>
      reject(new Error('the shell that makes pipes has ended: are there processes left to it?')),
    );
    // It has ended before it was told to: the listener above says so.
    holder.stdin.on('error', () => {});
    createInterface({ input: holder.stdout }).once('line', resolve);
  });
}
