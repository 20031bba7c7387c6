/** All containers of the node, in memory and on disk, and who watches over each of them. */

import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  bootIdentity,
  type Clock,
  type ContainerID,
  type EventHub,
  isRunning,
  type Labels,
  type Logger,
  type TimerHandle,
} from '@mooring/core';
import { Container, type ContainerRecord } from './container.ts';
import { ReadyDirectories } from './ready-directories.ts';
import type { ExitRecord, LaunchPlan } from './supervisor-protocol.ts';
import { clearRemains } from './termination.ts';

/** How often a process is looked for that is nobody's child any more. */
const orphanPollMs = 1000;
/**
 * How long after the end of a container its remains are looked for. Its group is killed at once; those who left the
 * group are rare, looking for them reads all of `/proc`, and the successor that is starting should have the CPU.
 */
const clearDelayMs = 1000;

export class ContainerTable {
  private readonly dir: string;
  private readonly clock: Clock;
  private readonly logger: Logger;
  private readonly events: EventHub;
  private readonly ready: ReadyDirectories;
  private readonly byID = new Map<ContainerID, Container>();
  /** Containers that ended by themselves a moment ago. */
  private readonly toClear = new Set<Container>();
  private clearTimer: TimerHandle | undefined;
  private orphanTimer: TimerHandle | undefined;

  constructor(
    dir: string,
    deps: { readonly clock: Clock; readonly logger: Logger; readonly events: EventHub },
  ) {
    this.dir = dir;
    this.clock = deps.clock;
    this.logger = deps.logger;
    this.events = deps.events;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    this.ready = new ReadyDirectories(dir, deps.clock);
    for (const name of readdirSync(dir)) {
      const container = ReadyDirectories.isOne(name) ? undefined : Container.load(join(dir, name));
      // What has no record was cut off while it was created or removed.
      if (container === undefined) rmSync(join(dir, name), { recursive: true, force: true });
      else this.byID.set(container.id, container);
    }
  }

  get(id: ContainerID): Container | undefined {
    return this.byID.get(id);
  }

  all(): readonly Container[] {
    return [...this.byID.values()];
  }

  withLabels(labels: Labels): readonly Container[] {
    return this.all().filter((container) => container.carries(labels));
  }

  running(): readonly Container[] {
    return this.all().filter(({ state }) => state === 'running');
  }

  create(record: ContainerRecord, plan: LaunchPlan): Container {
    const container = Container.create(this.ready.take(), this.dir, record, plan);
    this.byID.set(container.id, container);
    this.events.emit('created', record.config.podUID, container.id);
    return container;
  }

  remove(container: Container): void {
    rmSync(container.dir, { recursive: true, force: true });
    this.byID.delete(container.id);
    this.events.emit('removed', container.record.config.podUID, container.id);
  }

  /**
   * A supervisor has these containers as children. All others that run are orphans: their ends are looked for, and
   * what is known of them is what the supervisor of former days has written.
   */
  supervisedBy(children: ReadonlySet<ContainerID>): readonly Container[] {
    for (const container of this.all()) {
      if (container.reload()) this.announce(container);
      container.isSupervised = children.has(container.id);
    }
    const orphans = this.running().filter(({ isSupervised }) => !isSupervised);
    for (const orphan of orphans) this.findEnd(orphan);
    this.watchOrphans();
    return orphans.filter(({ state }) => state === 'running');
  }

  /** The supervisor has seen a container end, and has put it on disk. */
  noteExit(id: ContainerID, exit: ExitRecord): void {
    const container = this.byID.get(id);
    if (container === undefined) return;
    const note = () => {
      if (container.noteExit(exit)) this.announce(container);
    };
    // Of a short life both ends come in one piece: the beginning is told first.
    if (container.starting === undefined) note();
    else container.starting.then(note, note);
  }

  /** Takes note of an end that nobody else has put on disk. */
  recordExit(container: Container, exit: ExitRecord): void {
    if (container.exit !== undefined) return;
    try {
      container.writeExit(exit);
    } catch (error) {
      // The disk is full: only an agent that starts later will not know it.
      this.logger.warn(
        { err: error },
        `the end of container ${container.record.config.name} was not recorded`,
      );
    }
    if (container.noteExit(exit)) this.announce(container);
  }

  /** Looks whether an orphan has ended. */
  findEnd(container: Container): void {
    const { process, termination } = container;
    if (container.isSupervised || container.state !== 'running' || process === undefined) return;
    if (isRunning(process)) return;
    const nowMs = this.clock.now();
    if (container.reload()) this.announce(container);
    else this.recordExit(container, termination?.hasKilled ? killed(nowMs) : unknownEnd(nowMs, process.boot));
  }

  /** Leaves nothing behind of what has ended; what runs is left alone. */
  async close(): Promise<void> {
    this.clock.clearTimeout(this.orphanTimer);
    this.clock.clearTimeout(this.clearTimer);
    for (const container of this.all()) container.termination?.cancel();
    this.ready.close();
    await this.clearEnded();
  }

  private watchOrphans(): void {
    this.clock.clearTimeout(this.orphanTimer);
    const orphans = this.running().filter(({ isSupervised }) => !isSupervised);
    if (orphans.length === 0) return;
    this.orphanTimer = this.clock.setTimeout(() => {
      for (const orphan of orphans) this.findEnd(orphan);
      this.watchOrphans();
    }, orphanPollMs);
  }

  private announce(container: Container): void {
    const { podUID } = container.record.config;
    if (container.exit?.reason === 'OOMKilled') this.events.emit('oom', podUID, container.id);
    this.events.emit('exited', podUID, container.id);
    container.remains = 'by-mark-and-session';
    // One that is being stopped is cleared by its termination.
    if (container.termination !== undefined || container.process === undefined) return;
    this.toClear.add(container);
    if (this.toClear.size === 1)
      this.clearTimer = this.clock.setTimeout(() => void this.clearEnded(), clearDelayMs);
  }

  private async clearEnded(): Promise<void> {
    const containers = [...this.toClear];
    this.toClear.clear();
    try {
      await clearRemains(containers, this.clock);
    } catch (error) {
      this.logger.warn({ err: error }, 'what containers left behind was not cleared');
    }
  }
}

function killed(finishedAtMs: number): ExitRecord {
  return { exitCode: 137, signal: 'SIGKILL', finishedAtMs };
}

/** Nobody saw it end. 137 is the code that Kubernetes gives to such a container. */
function unknownEnd(finishedAtMs: number, boot: string): ExitRecord {
  const message =
    boot === bootIdentity()
      ? 'The process ended while nothing watched it; its exit code is not known'
      : 'The node was restarted while the container was running';
  return { exitCode: 137, finishedAtMs, reason: 'ContainerStatusUnknown', message };
}
