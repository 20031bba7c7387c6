/** A command inside a running container, with its input and output as they come. */

import { type Duplex, Readable } from 'node:stream';
import { type ExecStreamOptions, MooringError, onAbort, type ProcessStreams, sleep } from '@mooring/core';
import type { Exec } from 'dockerode';
import { engineWords, statusOf } from './engine-error.ts';
import { cannotStart, cannotStartCode, type ExecPorts, exitCodeOf, killCommand } from './exec-command.ts';
import { type Frame, frames } from './frames.ts';
import { processStreams } from './process-streams.ts';

const startMs = 30_000;
const pollMs = 10;

/** Rejects with `EXEC_FAILED` when the command could not be run; kills it when `signal` aborts. */
export async function execStream(
  ports: ExecPorts,
  id: string,
  command: readonly string[],
  { stdin, tty, env = [] }: ExecStreamOptions,
  signal: AbortSignal,
): Promise<ProcessStreams> {
  if (command.length === 0) throw new MooringError('EXEC_FAILED', 'no command specified');
  const { engine } = ports;
  const what = `running a command in container ${id}`;
  let exec: Exec | undefined;
  try {
    const made = await engine.call(what, signal, (docker, abortSignal) =>
      docker.getContainer(id).exec({
        ...{ Cmd: [...command], AttachStdin: stdin, AttachStdout: true, AttachStderr: true, Tty: tty },
        ...{ Env: env.map(({ name, value }) => `${name}=${value}`), abortSignal },
      }),
    );
    exec = made;
    const options = { Detach: false, Tty: tty, ...(stdin && { hijack: true, stdin: true }) };
    const begun = await engine.call(what, signal, () => made.start(options));
    const connection = engine.cutOff(begun, what, signal);
    const output = await outputOf(ports, made, { connection, tty }, signal);
    let isKilled = false;
    const kill = () => {
      if (isKilled) return;
      isKilled = true;
      killCommand(ports, made);
    };
    onAbort(signal, kill);
    return processStreams({
      ...{ output, signal, onAbort: kill, ...(stdin && { input: connection as Duplex }) },
      async resize({ columns, rows }) {
        if (tty) await made.resize({ w: columns, h: rows });
      },
      exitCode: () => exitCodeOf(ports, made, signal),
    });
  } catch (error) {
    if (signal.aborted && exec !== undefined) killCommand(ports, exec);
    signal.throwIfAborted();
    throw statusOf(error) === undefined
      ? error
      : new MooringError('EXEC_FAILED', engineWords(error), { cause: error });
  }
}

/**
 * The output of a command that runs, or has run. What the engine could not start it reports as the output of a command that
 * ended at once; then this rejects with `EXEC_FAILED`.
 */
async function outputOf(
  ports: ExecPorts,
  exec: Exec,
  { connection, tty }: { readonly connection: Readable; readonly tty: boolean },
  signal: AbortSignal,
): Promise<AsyncIterable<Frame>> {
  const output = frames(connection, tty);
  if (!(await hasFailed(ports, exec, signal))) return output;
  const said: Frame[] = [];
  for await (const frame of output) said.push(frame);
  const text = said.map(({ payload }) => payload.toString('utf8')).join('');
  if (cannotStart.test(text)) throw new MooringError('EXEC_FAILED', text.trim());
  return Readable.from(said);
}

/** Waits until it has been started; true when it has ended by then, with a code of those that could not be. */
async function hasFailed({ engine, clock }: ExecPorts, exec: Exec, signal: AbortSignal): Promise<boolean> {
  const endMs = clock.monotonicMs() + startMs;
  for (;;) {
    const { Running, Pid, ExitCode } = await engine.call(
      'asking whether a command runs',
      signal,
      (_, abortSignal) => exec.inspect({ abortSignal }),
    );
    if (ExitCode !== null && !Running) return ExitCode >= cannotStartCode;
    if ((Running && Pid > 0) || clock.monotonicMs() >= endMs) return false;
    await sleep(clock, pollMs, signal);
  }
}
