/** One container: what it was created from, which process it is, and how it ended. All of it is on disk. */

import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ContainerConfig,
  type ContainerInfo,
  type ImageRef,
  type Labels,
  MooringError,
  type RuntimeContainerState,
  readState,
  writeState,
} from '@mooring/core';
import { planOf } from './launch-plan.ts';
import type { LaunchSpec } from './launch-script.ts';
import {
  containerFiles,
  type ExitRecord,
  type LaunchPlan,
  type ProcessRecord,
} from './supervisor-protocol.ts';
import type { Termination } from './termination.ts';

/** `container.json`: the recovery record. */
export interface ContainerRecord {
  readonly id: string;
  readonly createdAtMs: number;
  readonly config: ContainerConfig;
  readonly imageRef: ImageRef;
  readonly launch: LaunchSpec;
  readonly stopSignal: NodeJS.Signals;
}

/** Made once: an `abort` without a reason makes an error with its stack, while the successor waits. */
const hasEnded = new MooringError('ABORTED', 'the container has ended');

const terminationMessageBytesMax = 4096;

/** The same for the same name; `agentKey` keeps the containers of several agents of a host apart. */
export function containerIDOf(agentKey: string, name: string): string {
  return createHash('sha256').update(`${agentKey}/${name}`).digest('hex').slice(0, 32);
}

/** What the instances of a container have in common. */
export function containerKeyOf({ podUID, containerName }: ContainerConfig): string {
  return `${podUID}/${containerName}`;
}

/**
 * How to tell what a container has left behind: by the mark in its environment, and for a moment after its end also by
 * its session, whose number may soon be somebody else's.
 */
export type Remains = 'by-mark' | 'by-mark-and-session' | 'cleared';

export class Container {
  readonly record: ContainerRecord;
  readonly dir: string;
  process: ProcessRecord | undefined;
  /** Set while a start is on its way; a second one joins it. */
  starting: Promise<void> | undefined;
  /** Set by the first stop. */
  termination: Termination | undefined;
  /** A child of the supervisor that we are connected to: its end will be reported. */
  isSupervised = false;
  remains: Remains = 'by-mark';
  private exitRecord: ExitRecord | undefined;
  /** Read when it is asked for the first time: the successor of a crashed container does not wait for it. */
  private terminationLog: { readonly text: string | undefined } | undefined;
  private readonly end = new AbortController();

  private planned: LaunchPlan | undefined;

  private constructor(dir: string, record: ContainerRecord) {
    this.dir = dir;
    this.record = record;
  }

  /** Makes the container known, of a directory that was made ready: it is when its record lies under its name. */
  static create(readyDir: string, parent: string, record: ContainerRecord, plan: LaunchPlan): Container {
    const dir = join(parent, record.id);
    // Whole before it is found, so no need for a temporary name of its own.
    writeFileSync(join(readyDir, containerFiles.config), JSON.stringify(record), { flag: 'r+' });
    renameSync(readyDir, dir);
    const container = new Container(dir, record);
    container.planned = plan;
    return container;
  }

  /** `undefined` when there is no container in the directory. */
  static load(dir: string): Container | undefined {
    const record = readState<ContainerRecord>(join(dir, containerFiles.config));
    if (record === undefined) return undefined;
    const container = new Container(dir, record);
    container.reload();
    return container;
  }

  /** Looks again at what the supervisor has written; true when the container turns out to have ended. */
  reload(): boolean {
    this.process ??= this.readProcess();
    const exit = readState<ExitRecord>(join(this.dir, containerFiles.exit));
    return exit !== undefined && this.noteExit(exit);
  }

  /** How it ended; `undefined` while it has not. */
  get exit(): ExitRecord | undefined {
    return this.exitRecord;
  }

  /** What the supervisor is told; made once. */
  get plan(): LaunchPlan {
    this.planned ??= planOf(this.record.launch);
    return this.planned;
  }

  get id(): string {
    return this.record.id;
  }

  get key(): string {
    return containerKeyOf(this.record.config);
  }

  get state(): RuntimeContainerState {
    if (this.exitRecord !== undefined) return 'exited';
    return this.process === undefined ? 'created' : 'running';
  }

  /** Aborts when the container has ended. */
  get endSignal(): AbortSignal {
    return this.end.signal;
  }

  /** Takes note of an end that is on disk; the first one counts. */
  noteExit(exit: ExitRecord): boolean {
    if (this.exitRecord !== undefined) return false;
    this.exitRecord = exit;
    this.end.abort(hasEnded);
    return true;
  }

  /** For an end that nobody else has put on disk. */
  writeExit(exit: ExitRecord): void {
    writeState(join(this.dir, containerFiles.exit), exit);
  }

  carries(labels: Labels): boolean {
    return Object.entries(labels).every(([key, value]) => this.record.config.labels[key] === value);
  }

  get info(): ContainerInfo {
    const { config, createdAtMs, id, imageRef } = this.record;
    const { name, podUID, containerName, attempt, labels, image, sandboxID } = config;
    const { process, exitRecord: exit } = this;
    const message = exit && (exit.message ?? this.lastWords);
    return {
      ...{ id, name, podUID, containerName, attempt, labels, image, imageRef, sandboxID, createdAtMs },
      state: this.state,
      ...(process && { startedAtMs: process.startedAtMs, pid: process.pid }),
      ...(exit && { finishedAtMs: exit.finishedAtMs, exitCode: exit.exitCode }),
      ...(exit?.signal !== undefined && { signal: exit.signal }),
      ...(exit?.reason !== undefined && { reason: exit.reason }),
      ...(message !== undefined && { message }),
    };
  }

  private get lastWords(): string | undefined {
    this.terminationLog ??= { text: this.readTerminationLog() };
    return this.terminationLog.text;
  }

  private readTerminationLog(): string | undefined {
    if (this.record.launch.terminationLogPath === undefined || this.process === undefined) return undefined;
    try {
      const text = endOf(join(this.dir, containerFiles.launch, containerFiles.terminationLog));
      return text === '' ? undefined : text;
    } catch {
      // The directory is being removed: nobody will ask.
      return undefined;
    }
  }

  /** A supervisor that died between the two steps of a start has left the identity, and its time by the clock of the disk. */
  private readProcess(): ProcessRecord | undefined {
    const record = readState<ProcessRecord>(join(this.dir, containerFiles.process));
    if (record !== undefined) return record;
    const launch = join(this.dir, containerFiles.launch);
    const identity = readState<Omit<ProcessRecord, 'startedAtMs'>>(join(launch, containerFiles.identity));
    return identity && { ...identity, startedAtMs: Math.round(statSync(launch).ctimeMs) };
  }
}

/** As much of the end of a file as is kept, in whole characters: the container may have written any amount. */
function endOf(path: string): string {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, terminationMessageBytesMax));
    const end = readSync(file, bytes, 0, bytes.length, size - bytes.length);
    const isCut = size > bytes.length;
    const start = isCut ? bytes.findIndex((byte) => (byte & 0xc0) !== 0x80) : 0;
    return bytes.toString('utf8', Math.max(0, start), end);
  } finally {
    closeSync(file);
  }
}
