/**
 * An agent without a data directory removes what it made when it is closed. When it is killed first, nobody could find
 * that again; so it carries the mark of its process, and the next agent on this host removes it.
 */

import { readFileSync, readlinkSync } from 'node:fs';
import { type Clock, errorMessage, type Logger } from '@mooring/core';
import type { Engine } from './engine.ts';
import { labelNames, originOf, readAnyRecord } from './records.ts';
import { removeContainer } from './sandboxes.ts';

export interface LeftBehindOptions {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** No other process, of this host or another one, ever has the same; `undefined` where there is no `/proc`. */
export function processMark(pid: number = process.pid): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return [boot, readlinkSync('/proc/self/ns/pid').replace(/\D/g, ''), pid, startOf(pid)].join('.');
  } catch {
    // Not Linux, or gone.
    return undefined;
  }
}

/** False for a process that may live: this one cannot see those of other hosts, or of other containers. */
export function isProcessGone(mark: string): boolean {
  const [boot, space, pid] = mark.split('.');
  const [ownBoot, ownSpace] = (processMark() ?? '').split('.');
  if (ownBoot === '' || boot !== ownBoot || space !== ownSpace) return false;
  return processMark(Number(pid)) !== mark;
}

/** Removes what agents that were killed have left. Rejects only with `signal.reason`. */
export async function removeLeftBehind(options: LeftBehindOptions, signal: AbortSignal): Promise<void> {
  const { engine, logger } = options;
  if (!engine.isLocal) return;
  try {
    const filters = { label: [labelNames.process] };
    const listed = await engine.call('looking for what was left behind', signal, (docker, abortSignal) =>
      docker.listContainers({ all: true, filters, abortSignal }),
    );
    for (const one of listed) {
      const { Id } = one;
      // Its label may be that of an image that was made from such a container.
      if (!isProcessGone(readAnyRecord(originOf(one))?.processMark ?? '')) continue;
      logger.info({ containerID: Id }, 'container of an agent that was killed: removed');
      await removeContainer(options, Id, { force: true }, signal);
    }
  } catch (error) {
    signal.throwIfAborted();
    logger.warn({ error: errorMessage(error) }, 'what was left behind is not removed');
  }
}

/** When it was started, in ticks since the boot: a number may be given to another process later. */
function startOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[19] ?? '';
}
