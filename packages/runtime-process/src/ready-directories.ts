/**
 * A directory for the next container, made ahead: a restart then renames one instead of making one and its files. Named so
 * that no container can have the name.
 */

import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, TimerHandle } from '@mooring/core';
import { containerFiles } from './supervisor-protocol.ts';

const prefix = 'ready-';
/** After the last one was taken: what becomes of that comes first. */
const refillMs = 50;

export class ReadyDirectories {
  private readonly parent: string;
  private readonly clock: Clock;
  private count = 0;
  private next: string | undefined;
  private timer: TimerHandle | undefined;

  constructor(parent: string, clock: Clock) {
    this.parent = parent;
    this.clock = clock;
  }

  /** One that an earlier life of the agent, or a creation that was cut off, has left behind. */
  static isOne(name: string): boolean {
    return name.startsWith(prefix);
  }

  /** A directory with an empty log and an empty record, to be renamed. */
  take(): string {
    const dir = this.next ?? this.make();
    this.next = undefined;
    this.clock.clearTimeout(this.timer);
    this.timer = this.clock.setTimeout(() => {
      this.next ??= this.tryMake();
    }, refillMs);
    return dir;
  }

  close(): void {
    this.clock.clearTimeout(this.timer);
    if (this.next !== undefined) rmSync(this.next, { recursive: true, force: true });
    this.next = undefined;
  }

  private make(): string {
    this.count += 1;
    const dir = join(this.parent, `${prefix}${this.count}`);
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    // There from the beginning: one who follows it holds it, and reads it to its end even when it is removed.
    closeSync(openSync(join(dir, containerFiles.log), 'a', 0o640));
    // To be filled in: on some disks a new file takes two milliseconds, and one that is there nearly none.
    closeSync(openSync(join(dir, containerFiles.config), 'a', 0o600));
    return dir;
  }

  /** What is wrong is told to the one who needs a directory. */
  private tryMake(): string | undefined {
    try {
      return this.make();
    } catch {
      return undefined;
    }
  }
}
