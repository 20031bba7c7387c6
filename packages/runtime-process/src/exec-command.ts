/** Runs a command beside the process of a container: its environment, directory, user and mounts, its own group. */

import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { type Clock, type ExecResult, MooringError, onAbort } from '@mooring/core';
import { exitCodeOf } from './exit-code.ts';
import { type LaunchSpec, renderExecScript } from './launch-script.ts';
import { carriersOf } from './process-table.ts';
import { sendSignal } from './send-signal.ts';
import { execIDVariable } from './supervisor-protocol.ts';

export interface ExecSpec extends Pick<LaunchSpec, 'argv' | 'workingDir' | 'env' | 'privileges'> {
  /** A process whose mounts the command is to see. */
  readonly mountsOf?: number;
  readonly outputBytesMax: number;
  /** Aborts when the container has ended, and the command with it. */
  readonly containerEnd: AbortSignal;
}

/** How long a command that has ended may leave its output open to a background process. */
const drainMs = 100;
/** Commands so far: part of what tells them apart. */
let count = 0;

/** Rejects with `EXEC_FAILED` when the command cannot be run, with the reason of the signal when that aborts. */
export function execCommand(spec: ExecSpec, clock: Clock, signal: AbortSignal): Promise<ExecResult> {
  return new Promise((resolve, reject) => {
    const execID = nextExecID(clock);
    const child = spawnShell({ ...spec, env: { ...spec.env, [execIDVariable]: execID } });
    const output = new Output(spec.outputBytesMax);
    output.read(child.stdout, 'stdout');
    output.read(child.stderr, 'stderr');
    const complaint = new Output(spec.outputBytesMax);
    const control = child.stdio[3];
    complaint.read(control instanceof Object && 'read' in control ? control : null, 'stdout');
    const kill = () => {
      const runs = child.exitCode === null && child.signalCode === null;
      if (child.pid !== undefined && runs) sendSignal(-child.pid, 'SIGKILL');
    };
    const forgetEnd = onAbort(spec.containerEnd, kill);
    const forgetSignal = onAbort(signal, () => {
      kill();
      void killCarriers(execID);
      reject(signal.reason);
    });
    const forget = () => {
      forgetEnd();
      forgetSignal();
    };
    child.once('error', (error) => {
      forget();
      reject(new MooringError('EXEC_FAILED', error.message, { cause: error }));
    });
    child.once('exit', (code, signalName) => {
      // `close` waits for background processes that hold the pipes; it need not come at all.
      const timer = clock.setTimeout(finish, drainMs);
      child.once('close', finish);
      function finish() {
        clock.clearTimeout(timer);
        forget();
        for (const stream of [child.stdout, child.stderr]) stream?.destroy();
        const words = complaint.text;
        if (words === '') resolve({ exitCode: exitCodeOf(code, signalName), output: output.text });
        else reject(new MooringError('EXEC_FAILED', words.replace(/^fail /, '')));
      }
    });
  });
}

/** What tells the processes of a command from all others. */
export function nextExecID(clock: Clock): string {
  count += 1;
  return `${process.pid}-${clock.now()}-${clock.monotonicMs()}-${count}`;
}

/** What the command has started outside of its group. */
export async function killCarriers(execID: string): Promise<void> {
  try {
    for (const pid of await carriersOf(execIDVariable, execID)) sendSignal(pid, 'SIGKILL');
  } catch {
    // Without /proc nobody can be found; all of it ends with the container.
  }
}

/** The command line of a shell that sees what the container sees. */
export function shellOf(
  { mountsOf }: Pick<ExecSpec, 'mountsOf'>,
  shell: readonly string[],
): readonly string[] {
  return mountsOf === undefined ? shell : ['nsenter', `--mount=/proc/${mountsOf}/ns/mnt`, '--', ...shell];
}

/** The script comes in by standard input: on a command line everybody could read the environment. */
function spawnShell(spec: ExecSpec): ChildProcess {
  const [program = '/bin/sh', ...args] = shellOf(spec, ['/bin/sh']);
  const child = spawn(program, args, {
    cwd: '/',
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  child.stdin?.on('error', () => {
    // The shell ended before it read everything; its exit tells why.
  });
  child.stdin?.end(renderExecScript(spec));
  return child;
}

/** Both streams, each in order, cut to one size together. */
class Output {
  private readonly bytesMax: number;
  private readonly chunks: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
  private readonly sizes = { stdout: 0, stderr: 0 };

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  read(stream: Readable | null, name: 'stdout' | 'stderr'): void {
    stream?.on('data', (chunk: Buffer) => {
      const room = this.bytesMax - this.sizes[name];
      if (room <= 0) return;
      this.chunks[name].push(chunk.subarray(0, room));
      this.sizes[name] += Math.min(room, chunk.length);
    });
  }

  get text(): string {
    return Buffer.concat([...this.chunks.stdout, ...this.chunks.stderr])
      .subarray(0, this.bytesMax)
      .toString('utf8');
  }
}
