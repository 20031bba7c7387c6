/** One scripted container: its life from creation to removal. Plain data and at most two timers, unless a program runs. */

import { constants } from 'node:os';
import {
  type Clock,
  type ContainerConfig,
  type ContainerInfo,
  type ExecOptions,
  type ExecResult,
  type LogLine,
  type LogOptions,
  MooringError,
  type RuntimeEvent,
  type TimerHandle,
} from '@mooring/core';
import { ContainerLog } from './container-log.ts';
import { ExecOutput } from './exec-output.ts';
import { FakeFiles } from './fake-files.ts';
import type { FakeNetwork, FakeService } from './fake-network.ts';
import { type FakeProgram, type ProcessHost, RunningProcess, type Userland } from './fake-process.ts';
import type { FakeScript } from './fake-script.ts';
import type { FileTree } from './file-tree.ts';

/** What the node lends to its containers. */
export interface ContainerHost {
  readonly clock: Clock;
  readonly network: FakeNetwork;
  /** The files of the node, by their path on it: what is below mounts. */
  readonly nodeFiles: FileTree;
  announce(type: RuntimeEvent['type'], container: FakeContainer): void;
}

/** How a container ends: with a code, by a signal, or for want of memory. */
export interface FakeEnd {
  readonly exitCode?: number;
  /** `SIGSEGV`; the exit code is then 128 and its number. */
  readonly signal?: string;
  readonly oomKilled?: boolean;
  /** A reason of the runtime's own. */
  readonly reason?: string;
  readonly message?: string;
}

/** The kubelet's limit of a termination message. */
const lastWordsBytesMax = 4096;

/** One scripted container, as a test sees it: `host.container(pod, name)`. */
export class FakeContainer implements ProcessHost {
  readonly config: ContainerConfig;
  readonly podIP: string;
  private readonly host: ContainerHost;
  private readonly userland: Userland;
  private current: ContainerInfo;
  private script: FakeScript | undefined;
  private endTimer: TimerHandle | undefined;
  private killTimer: TimerHandle | undefined;
  private killAtMs: number | undefined;
  private main: RunningProcess | undefined;
  // Made when first needed: most of ten thousand containers never print, write or listen.
  private processes: Set<RunningProcess> | undefined;
  private log: ContainerLog | undefined;
  private ownFiles: FakeFiles | undefined;
  private closers: (() => void)[] | undefined;
  private exitWaiters: (() => void)[] | undefined;

  constructor(host: ContainerHost, id: string, config: ContainerConfig, podIP: string, userland: Userland) {
    this.host = host;
    this.config = config;
    this.podIP = podIP;
    this.userland = userland;
    this.current = {
      id,
      name: config.name,
      podUID: config.podUID,
      containerName: config.containerName,
      attempt: config.attempt,
      labels: config.labels,
      image: config.image,
      imageRef: config.imageRef,
      sandboxID: config.sandboxID,
      state: 'created',
      createdAtMs: host.clock.now(),
    };
  }

  /** What is known of it; a new object after each change. */
  get info(): ContainerInfo {
    return this.current;
  }

  get isRunning(): boolean {
    return this.current.state === 'running';
  }

  get clock(): Clock {
    return this.host.clock;
  }

  get files(): FakeFiles {
    if (this.ownFiles === undefined) {
      this.ownFiles = new FakeFiles(this.host.nodeFiles, this.config.mounts);
      const { terminationMessagePath } = this.config;
      if (terminationMessagePath !== undefined) this.ownFiles.offer(terminationMessagePath);
    }
    return this.ownFiles;
  }

  /** Throws `START_FAILED`; the container has then ended with 128 `StartError`. */
  start(script: FakeScript): void {
    if (this.current.state !== 'created') return;
    if (script.startError !== undefined) {
      this.end({ exitCode: 128, reason: 'StartError', message: script.startError });
      throw new MooringError('START_FAILED', script.startError);
    }
    this.script = script;
    this.current = Object.assign({}, this.current, {
      state: 'running',
      startedAtMs: this.clock.now(),
    } as const);
    this.host.announce('started', this);
    for (const line of script.logs ?? []) this.print(`${line}\n`, 'stdout');
    for (const [port, service] of Object.entries(script.listens ?? {})) this.listen(Number(port), service);
    if (script.program !== undefined) this.launch(script.program);
    else if (script.exitAfterMs !== undefined)
      this.endTimer = this.clock.setTimeout(() => this.end(script), script.exitAfterMs);
  }

  /**
   * Delivers the stop signal once and kills after the grace period, or earlier when an earlier stop said so. Resolves
   * when nothing runs any more.
   */
  async stop(gracePeriodMs: number): Promise<void> {
    if (!this.isRunning) return;
    const isFirst = this.killAtMs === undefined;
    const killAtMs = this.clock.monotonicMs() + gracePeriodMs;
    if (this.killAtMs === undefined || killAtMs < this.killAtMs) {
      this.killAtMs = killAtMs;
      this.clock.clearTimeout(this.killTimer);
      if (gracePeriodMs <= 0) this.end({ signal: 'SIGKILL' });
      else this.killTimer = this.clock.setTimeout(() => this.end({ signal: 'SIGKILL' }), gracePeriodMs);
    }
    if (isFirst) this.heedStop();
    if (this.isRunning) await this.untilExited();
  }

  /** Ends it in a given way, whatever its script says. Does nothing unless it runs or was never started. */
  end(end: FakeEnd): void {
    if (this.current.state === 'exited') return;
    this.clock.clearTimeout(this.endTimer);
    this.clock.clearTimeout(this.killTimer);
    const message = end.message ?? this.lastWords();
    const signal = end.oomKilled === true ? 'SIGKILL' : end.signal;
    const reason = end.oomKilled === true ? 'OOMKilled' : end.reason;
    this.current = {
      ...this.current,
      state: 'exited',
      finishedAtMs: this.clock.now(),
      exitCode: signal === undefined ? (end.exitCode ?? 0) : 128 + signalNumber(signal),
      ...(signal !== undefined && { signal }),
      ...(reason !== undefined && { reason }),
      ...(message !== undefined && { message }),
    };
    this.letGo();
    if (end.oomKilled === true) this.host.announce('oom', this);
    this.host.announce('exited', this);
  }

  /** Stops existing without a word: no event, no farewell of what ran in it. */
  vanish(): void {
    if (this.isRunning) this.current = { ...this.current, state: 'unknown' };
    this.clock.clearTimeout(this.endTimer);
    this.clock.clearTimeout(this.killTimer);
    this.letGo();
  }

  /** Rejects with `EXEC_FAILED`; an abort kills the command. */
  async exec(command: readonly string[], options: ExecOptions, signal: AbortSignal): Promise<ExecResult> {
    if (!this.isRunning) throw new MooringError('EXEC_FAILED', `container ${this.current.id} is not running`);
    const program = this.userland(command);
    if (program === undefined) throw new MooringError('EXEC_FAILED', missingCommandWords(command));
    const output = new ExecOutput(options.outputBytesMax);
    const process = this.spawn({
      argv: command,
      env: options.env ?? [],
      write: (...args) => output.write(...args),
    });
    const kill = () => process.kill();
    signal.addEventListener('abort', kill, { once: true });
    const exitCode = await process.run(program);
    signal.removeEventListener('abort', kill);
    void process.untilIdle().then(() => this.processes?.delete(process));
    signal.throwIfAborted();
    return { exitCode, output: output.text };
  }

  readLog(options: LogOptions, signal: AbortSignal): AsyncIterable<LogLine> {
    this.log ??= new ContainerLog();
    if (this.current.state === 'exited') this.log.close(this.clock.now());
    return this.log.read(options, signal);
  }

  listen(port: number, service: FakeService): () => void {
    const close = this.host.network.listen(this.podIP, port, service);
    this.closers ??= [];
    this.closers.push(close);
    return close;
  }

  private launch(program: FakeProgram): void {
    const argv = [...(this.config.command ?? []), ...(this.config.args ?? [])];
    const main = this.spawn({ argv, env: [], write: (text, stream) => this.print(text, stream) });
    this.main = main;
    // Even a program that ends at once does so after its start has been seen to succeed.
    this.endTimer = this.clock.setTimeout(() => {
      void main.run(program).then((exitCode) => this.end({ exitCode }));
    }, 0);
  }

  private spawn(options: ConstructorParameters<typeof RunningProcess>[1]): RunningProcess {
    const process = new RunningProcess(this, options);
    this.processes ??= new Set();
    this.processes.add(process);
    return process;
  }

  private heedStop(): void {
    const { stopSignal = 'SIGTERM' } = this.config;
    if (stopSignal === 'SIGKILL') {
      this.end({ signal: stopSignal });
      return;
    }
    if (this.main !== undefined) {
      this.main.deliver(stopSignal);
      return;
    }
    const onStop = this.script?.onStop ?? {};
    if (onStop === 'ignore' || !this.isRunning) return;
    const { afterMs = 0, exitCode = 0 } = onStop;
    if (afterMs === 0) this.end({ exitCode });
    else {
      this.clock.clearTimeout(this.endTimer);
      this.endTimer = this.clock.setTimeout(() => this.end({ exitCode }), afterMs);
    }
  }

  private untilExited(): Promise<void> {
    return new Promise((resolve) => {
      this.exitWaiters ??= [];
      this.exitWaiters.push(resolve);
    });
  }

  private print(text: string, stream: LogLine['stream']): void {
    this.log ??= new ContainerLog();
    this.log.write(text, stream, this.clock.now());
  }

  private lastWords(): string | undefined {
    const { terminationMessagePath } = this.config;
    if (terminationMessagePath === undefined) return undefined;
    const words =
      this.script?.lastWords ??
      (this.ownFiles?.isFile(terminationMessagePath) ? this.ownFiles.read(terminationMessagePath) : '');
    return words === '' ? undefined : Buffer.from(words).subarray(-lastWordsBytesMax).toString();
  }

  private letGo(): void {
    for (const process of this.processes ?? []) process.kill();
    this.processes = undefined;
    for (const close of this.closers ?? []) close();
    this.closers = undefined;
    this.log?.close(this.clock.now());
    for (const resolve of this.exitWaiters ?? []) resolve();
    this.exitWaiters = undefined;
  }
}

/** What a runtime says when the first word of a command is not in the image. */
export function missingCommandWords(command: readonly string[]): string {
  const name = JSON.stringify(command[0] ?? '');
  return `failed to create task: exec: ${name}: executable file not found in $PATH`;
}

function signalNumber(signal: string): number {
  const numbers: Readonly<Record<string, number>> = constants.signals;
  const number = numbers[signal];
  if (number === undefined) throw new MooringError('INVALID', `no such signal: ${signal}`);
  return number;
}
