/** The end of a container: stop signal to its leader, after the grace period KILL to everything that belongs to it. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, isRunning, onAbort, sleep, type TimerHandle } from '@mooring/core';
import type { Container } from './container.ts';
import { childrenOf, listProcesses, membersOf, type ProcessEntry } from './process-table.ts';
import { sendSignal } from './send-signal.ts';

/** How often the kernel is asked whether the dead are gone. */
const pollMs = 10;

export class Termination {
  /** Resolves when nothing of the container runs any more. */
  readonly done: Promise<void>;
  private readonly container: Container;
  private readonly clock: Clock;
  private killAtMs = Number.POSITIVE_INFINITY;
  private timer: TimerHandle | undefined;
  private isKilled = false;

  /** `findEnd` looks whether a container without a supervisor has ended. Nothing is sent before `within`. */
  constructor(container: Container, clock: Clock, findEnd: (container: Container) => void) {
    this.container = container;
    this.clock = clock;
    this.done = this.untilGone(findEnd);
  }

  /** We made an end of it, so we know what its exit code must be. */
  get hasKilled(): boolean {
    return this.isKilled;
  }

  /** Sends the stop signal once, and kills after the grace period unless an earlier call asked for less. */
  within(gracePeriodMs: number): void {
    const killAtMs = this.clock.monotonicMs() + gracePeriodMs;
    if (killAtMs >= this.killAtMs || this.isKilled) return;
    const isFirst = this.killAtMs === Number.POSITIVE_INFINITY;
    this.killAtMs = killAtMs;
    this.clock.clearTimeout(this.timer);
    if (gracePeriodMs <= 0) this.kill();
    else {
      if (isFirst) this.signalLeader(this.container.record.stopSignal);
      this.timer = this.clock.setTimeout(() => this.kill(), gracePeriodMs);
    }
  }

  /** Lets the container live on: the agent goes away. */
  cancel(): void {
    this.clock.clearTimeout(this.timer);
  }

  private kill(): void {
    this.isKilled = true;
    const { process } = this.container;
    if (process !== undefined && isRunning(process)) sendSignal(-process.pid, 'SIGKILL');
  }

  /** Who leads a container with a terminal only holds the terminal. */
  private signalLeader(signal: NodeJS.Signals): void {
    const { process, record } = this.container;
    if (process === undefined || !isRunning(process)) return;
    const programs = record.launch.tty === true ? childrenOf(process.pid) : [];
    for (const pid of programs.length > 0 ? programs : [process.pid]) sendSignal(pid, signal);
  }

  private async untilGone(findEnd: (container: Container) => void): Promise<void> {
    const { clock, container } = this;
    // Nobody reports the end of an orphan, and the usual look once in a second is too slow for one who waits.
    while (!container.isSupervised && container.state === 'running') {
      await sleep(clock, pollMs);
      findEnd(container);
    }
    await untilAborted(container.endSignal);
    clock.clearTimeout(this.timer);
    await clearRemains([container], clock);
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => onAbort(signal, resolve));
}

/** Kills what dead leaders have left behind; resolves when there is nothing left. */
export async function clearRemains(containers: readonly Container[], clock: Clock): Promise<void> {
  let suspects = containers.filter(({ remains }) => remains !== 'cleared');
  while (suspects.length > 0) {
    const processes = await listProcesses();
    const remaining: Container[] = [];
    for (const container of suspects) {
      const pids = await remainsOf(container, processes);
      for (const pid of pids) sendSignal(pid, 'SIGKILL');
      if (pids.size > 0) remaining.push(container);
      else container.remains = 'cleared';
    }
    suspects = remaining;
    if (suspects.length > 0) await sleep(clock, pollMs);
  }
}

/** All processes of a container that runs. */
export async function pidsOf(container: Container): Promise<ReadonlySet<number>> {
  return await pidsAmong(container, await listProcesses(), true);
}

function remainsOf(container: Container, processes: readonly ProcessEntry[]): Promise<ReadonlySet<number>> {
  return pidsAmong(container, processes, container.remains === 'by-mark-and-session');
}

async function pidsAmong(
  { id, process }: Container,
  processes: readonly ProcessEntry[],
  hasSession: boolean,
): Promise<ReadonlySet<number>> {
  if (process === undefined) return new Set();
  const pids = new Set(membersOf(processes, { id, ...process, hasSession }));
  for (const dir of process.cgroups) for (const pid of await pidsIn(dir)) pids.add(pid);
  return pids;
}

async function pidsIn(cgroup: string): Promise<readonly number[]> {
  try {
    return (await readFile(join(cgroup, 'cgroup.procs'), 'latin1')).split('\n').filter(Boolean).map(Number);
  } catch {
    // The group is gone, and all that was in it.
    return [];
  }
}
