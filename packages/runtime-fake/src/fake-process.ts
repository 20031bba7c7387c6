/** A program in a fake container: what it sees of the world, and how it is run and killed. */

import {
  abortable,
  type Clock,
  type ContainerConfig,
  errorMessage,
  type LogLine,
  sleep,
} from '@mooring/core';
import type { FakeFiles } from './fake-files.ts';
import type { FakeService } from './fake-network.ts';

/** Resolves with the exit code. A program that throws prints the error and exits with 1. */
export type FakeProgram = (process: FakeProcess) => number | Promise<number>;

/** The commands of an image: the program for an argument vector, `undefined` when there is none of that name. */
export type Userland = (command: readonly string[]) => FakeProgram | undefined;

/** What a scripted program has at hand. All of its time is virtual. */
export interface FakeProcess {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly config: ContainerConfig;
  readonly podIP: string;
  readonly files: FakeFiles;
  /** Aborts when the process is killed; nothing it does has any effect after that. */
  readonly killed: AbortSignal;
  nowMs(): number;
  /** Rejects when the process is killed; let that pass through. */
  sleep(ms: number): Promise<void>;
  /**
   * Signals without a handler are ignored, which is what the first process of a container does. The latest handler of a
   * name counts.
   */
  onSignal(name: string, handler: () => void): void;
  write(text: string, stream?: LogLine['stream']): void;
  /** Writes a line. */
  log(line: string, stream?: LogLine['stream']): void;
  /** Listens on a port of the pod. Throws when it is taken. The function given back closes it. */
  listen(port: number, service: FakeService): () => void;
  /** Something that goes on after the program has returned, as long as the container lives. */
  background(task: Promise<unknown>): void;
}

/** Why `FakeProcess.killed` aborts. */
class ProcessKilled extends Error {
  constructor() {
    super('killed');
    this.name = 'ProcessKilled';
  }
}

/** What the container lends to a process of it. */
export interface ProcessHost {
  readonly clock: Clock;
  readonly config: ContainerConfig;
  readonly podIP: string;
  readonly files: FakeFiles;
  listen(port: number, service: FakeService): () => void;
}

export interface ProcessOptions {
  readonly argv: readonly string[];
  readonly env: ContainerConfig['env'];
  write(text: string, stream: LogLine['stream']): void;
}

const killedCode = 137;

export class RunningProcess implements FakeProcess {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  private readonly host: ProcessHost;
  private readonly options: ProcessOptions;
  private readonly kills = new AbortController();
  private readonly handlers = new Map<string, () => void>();
  private readonly tasks = new Set<Promise<unknown>>();

  constructor(host: ProcessHost, options: ProcessOptions) {
    this.host = host;
    this.options = options;
    this.argv = options.argv;
    const { config } = host;
    const inherited = { PATH: '/usr/local/bin:/usr/bin:/bin', HOSTNAME: config.podName };
    const given = [...config.env, ...options.env].map(({ name, value }) => [name, value] as const);
    this.env = { ...inherited, ...Object.fromEntries(given) };
  }

  /** Runs to the end: the exit code, 137 when killed. */
  async run(program: FakeProgram): Promise<number> {
    try {
      const code = program(this);
      return typeof code === 'number' ? code : await abortable(code, this.killed);
    } catch (error) {
      if (this.killed.aborted) return killedCode;
      this.log(errorMessage(error), 'stderr');
      return 1;
    }
  }

  /** Resolves when all that was left in the background is over. */
  async untilIdle(): Promise<void> {
    await Promise.allSettled(this.tasks);
  }

  /** False when the program has no handler for it. */
  deliver(signal: string): boolean {
    const handler = this.handlers.get(signal);
    handler?.();
    return handler !== undefined;
  }

  kill(): void {
    if (!this.killed.aborted) this.kills.abort(new ProcessKilled());
  }

  get config(): ContainerConfig {
    return this.host.config;
  }

  get podIP(): string {
    return this.host.podIP;
  }

  get files(): FakeFiles {
    return this.host.files;
  }

  get killed(): AbortSignal {
    return this.kills.signal;
  }

  nowMs(): number {
    return this.host.clock.now();
  }

  sleep(ms: number): Promise<void> {
    return sleep(this.host.clock, ms, this.killed);
  }

  onSignal(name: string, handler: () => void): void {
    this.handlers.set(name, handler);
  }

  write(text: string, stream: LogLine['stream'] = 'stdout'): void {
    if (!this.killed.aborted) this.options.write(text, stream);
  }

  log(line: string, stream: LogLine['stream'] = 'stdout'): void {
    this.write(`${line}\n`, stream);
  }

  listen(port: number, service: FakeService): () => void {
    this.killed.throwIfAborted();
    return this.host.listen(port, service);
  }

  background(task: Promise<unknown>): void {
    // How it ends is nobody's business; that it is killed with its container must not count as unhandled.
    const forget = () => void this.tasks.delete(task);
    this.tasks.add(task);
    task.then(forget, forget);
  }
}
