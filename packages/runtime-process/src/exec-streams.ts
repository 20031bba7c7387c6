/** A command in a container whose input and output are streams of bytes, with a terminal where one is wanted. */

import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { type Clock, MooringError, onAbort, type ProcessStreams } from '@mooring/core';
import { type ExecSpec, killCarriers, nextExecID, shellOf } from './exec-command.ts';
import { exitCodeOf } from './exit-code.ts';
import { renderExecScript } from './launch-script.ts';
import { mergeOutput } from './merge-output.ts';
import { closeAll, openThreePipes, type Pipe } from './pipes.ts';
import { sendSignal } from './send-signal.ts';
import { execIDVariable } from './supervisor-protocol.ts';
import { resizeTerminal } from './terminal.ts';
import { writeTo } from './write-to.ts';

export interface ExecStreamSpec extends Omit<ExecSpec, 'outputBytesMax'> {
  readonly stdin: boolean;
  readonly tty: boolean;
}

/**
 * Resolves when the command runs. Rejects with `EXEC_FAILED` when it cannot be run, with the reason of the signal when that
 * aborts; the command is killed then, also later.
 */
export async function execStreams(
  spec: ExecStreamSpec,
  clock: Clock,
  signal: AbortSignal,
): Promise<ProcessStreams> {
  const execID = nextExecID(clock);
  const pipes = await openThreePipes();
  const running = begin({ ...spec, env: { ...spec.env, [execIDVariable]: execID } }, pipes);
  const { child, ended } = running;
  const kill = () => {
    if (child.pid !== undefined && !ended.signal.aborted) sendSignal(-child.pid, 'SIGKILL');
    void killCarriers(execID);
  };
  const forgets = [onAbort(spec.containerEnd, kill), onAbort(signal, kill)];
  onAbort(ended.signal, () => {
    for (const forget of forgets) forget();
  });
  const complaint = await running.complaint;
  if (complaint !== '') {
    for (const stream of [running.stdin, running.stdout, running.stderr]) stream?.destroy();
    signal.throwIfAborted();
    throw new MooringError('EXEC_FAILED', complaint);
  }
  const { stdin, stdout, stderr } = running;
  return {
    output: mergeOutput({ stdout, stderr, ended: ended.signal, clock }, signal),
    write: (bytes) => (stdin === undefined ? Promise.resolve() : writeTo(stdin, bytes)),
    closeInput: () => void stdin?.end(),
    resize: (size) => {
      if (spec.tty) void resizeTerminal(execID, size, clock, ended.signal);
    },
    exitCode: () => running.exitCode,
  };
}

interface Running {
  readonly child: ChildProcess;
  readonly stdin: Writable | undefined;
  readonly stdout: Readable;
  readonly stderr: Readable | undefined;
  readonly ended: AbortController;
  readonly exitCode: Promise<number>;
  /** Why the command could not be run; empty as soon as it does. */
  readonly complaint: Promise<string>;
}

function begin(spec: ExecStreamSpec, [input, output, errors]: readonly [Pipe, Pipe, Pipe]): Running {
  const [program = '/bin/sh', ...args] = shellOf(spec, ['/bin/sh', '-c', bootstrap]);
  const child = spawn(program, args, {
    cwd: '/',
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
    detached: true,
    stdio: [
      spec.stdin ? input.read : 'ignore',
      output.write,
      spec.tty ? output.write : errors.write,
      'pipe',
      'pipe',
    ],
  });
  closeAll(input.read, output.write, errors.write);
  const stdin = new Socket({ fd: input.write, readable: false, writable: true });
  // The program has closed its input, or has ended.
  stdin.on('error', () => stdin.destroy());
  if (!spec.stdin) stdin.destroy();
  const script = child.stdio[4] as Writable;
  // The shell ended before it read everything; its exit tells why.
  script.on('error', () => {});
  script.end(renderExecScript(spec, spec.tty));
  const ended = new AbortController();
  const exitCode = new Promise<number>((resolve) => {
    child.once('exit', (code, signalName) => resolve(exitCodeOf(code, signalName)));
    child.once('error', () => resolve(exitCodeOf(127, null)));
  });
  void exitCode.then(() => ended.abort());
  return {
    child,
    stdin: spec.stdin ? stdin : undefined,
    stdout: new Socket({ fd: output.read, readable: true, writable: false }),
    stderr: readerOf(errors.read, !spec.tty),
    ended,
    exitCode,
    complaint: complaintOf(child),
  };
}

function readerOf(descriptor: number, isWanted: boolean): Readable | undefined {
  if (isWanted) return new Socket({ fd: descriptor, readable: true, writable: false });
  closeAll(descriptor);
  return undefined;
}

/** The script comes by a descriptor of its own: on a command line everybody could read the environment. */
const bootstrap = 'mooring_script=$(cat <&4) && exec 4<&- && eval "$mooring_script"';

function complaintOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let words = '';
    child.once('error', (error) => resolve(error.message));
    const control = child.stdio[3] as Readable;
    control.setEncoding('utf8');
    control.on('data', (text: string) => {
      words += text;
    });
    control.on('error', () => resolve(words));
    // Closed by the program's own beginning.
    control.on('close', () => resolve(words.replace(/^fail /, '').trim()));
  });
}
