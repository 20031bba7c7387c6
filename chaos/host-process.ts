/** A program of `chaos/programs` in a process of its own, to be killed, paused and started anew. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { join } from 'node:path';

const upMsMax = 120_000;

export interface HostProcessOptions {
  readonly name: string;
  readonly program: 'agent' | 'controllers';
  readonly env: Readonly<Record<string, string>>;
  /** Where it says what it has to say. */
  readonly logPath: string;
}

export class HostProcess {
  readonly name: string;
  private readonly options: HostProcessOptions;
  private child: ChildProcess | undefined;

  constructor(options: HostProcessOptions) {
    this.name = options.name;
    this.options = options;
  }

  get isAlive(): boolean {
    const { child } = this;
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** Resolves once it says that it is up. */
  async start(): Promise<void> {
    const { program, env, logPath } = this.options;
    const log = openSync(logPath, 'a');
    const child = fork(join(import.meta.dirname, 'programs', `${program}.ts`), [], {
      env: { ...process.env, ...env },
      execArgv: ['--import', 'tsx', '--conditions=@mooring/source'],
      stdio: ['ignore', log, log, 'ipc'],
    });
    this.child = child;
    const signal = AbortSignal.timeout(upMsMax);
    await Promise.race([
      once(child, 'message', { signal }),
      once(child, 'exit', { signal }).then(([code]) => {
        throw new Error(`${this.name} ended with ${code}: see ${logPath}`);
      }),
    ]);
  }

  async kill(): Promise<void> {
    const { child } = this;
    if (child === undefined || !this.isAlive) return;
    child.kill('SIGCONT');
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.child?.kill(signal);
  }

  /** What it answers to a question of its program. */
  async ask(question: string): Promise<unknown> {
    const { child } = this;
    if (child === undefined || !this.isAlive) return undefined;
    const answer = once(child, 'message', { signal: AbortSignal.timeout(10_000) });
    child.send(question);
    return (await answer)[0];
  }
}
