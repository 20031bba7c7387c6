/** Terminals of commands and containers: made by `script` of util-linux, as Node has no call for them, and resized by `stty`. */

import { execFile } from 'node:child_process';
import { readlink } from 'node:fs/promises';
import { type Clock, sleep, type TerminalSize } from '@mooring/core';
import type { Container } from './container.ts';
import { carriersOf, childrenOf } from './process-table.ts';
import { execIDVariable } from './supervisor-protocol.ts';

/** The command may not have been started in its terminal yet. */
const tries = 20;
const retryMs = 50;

/** That of a command. Never rejects: a terminal that has gone has no size. */
export async function resizeTerminal(
  execID: string,
  size: TerminalSize,
  clock: Clock,
  ended: AbortSignal,
): Promise<void> {
  await resize(() => carriersOf(execIDVariable, execID), size, clock, ended);
}

/** That of a container. Never rejects. */
export async function resizeContainer(
  { process, endSignal }: Container,
  size: TerminalSize,
  clock: Clock,
): Promise<void> {
  if (process !== undefined) await resize(async () => childrenOf(process.pid), size, clock, endSignal);
}

async function resize(
  pidsIn: () => Promise<readonly number[]>,
  { columns, rows }: TerminalSize,
  clock: Clock,
  ended: AbortSignal,
): Promise<void> {
  try {
    for (let i = 0; i < tries && !ended.aborted; i += 1) {
      const path = await terminalOf(await pidsIn());
      if (path !== undefined) {
        // The kernel tells the programs in the terminal.
        execFile('stty', ['-F', path, 'rows', String(rows), 'cols', String(columns)], () => undefined);
        return;
      }
      await sleep(clock, retryMs, ended);
    }
  } catch {
    // It has ended.
  }
}

async function terminalOf(pids: readonly number[]): Promise<string | undefined> {
  for (const pid of pids) {
    const path = await readlink(`/proc/${pid}/fd/0`).catch(() => '');
    if (/^\/dev\/pts\/\d+$/.test(path)) return path;
  }
  return undefined;
}
