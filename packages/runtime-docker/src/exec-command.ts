/** A command inside a running container. */

import {
  abortable,
  type Clock,
  type ExecOptions,
  type ExecResult,
  errorMessage,
  type Logger,
  MooringError,
  sleep,
} from '@mooring/core';
import type { Exec } from 'dockerode';
import type { Engine } from './engine.ts';
import { engineWords, statusOf } from './engine-error.ts';
import { frames } from './frames.ts';
import type { Killer } from './killer.ts';

export interface ExecPorts {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly killer: Killer;
}

/** How long the engine is asked how a command ended. */
const settleMs = 5_000;
const pollMs = 20;
/** What the engine says, as the output of the command, of one that it could not start; podman has other words. */
export const cannotStart = /^(OCI runtime exec failed: |Error: (?:runc|crun): .*: OCI )/;

/** The least exit code of such a command. */
export const cannotStartCode = 126;

/** Rejects with `EXEC_FAILED` when the command could not be run; kills it when `signal` aborts. */
export async function execCommand(
  ports: ExecPorts,
  id: string,
  command: readonly string[],
  { outputBytesMax, env = [] }: ExecOptions,
  signal: AbortSignal,
): Promise<ExecResult> {
  if (command.length === 0) throw new MooringError('EXEC_FAILED', 'no command specified');
  const { engine } = ports;
  const what = `running a command in container ${id}`;
  const abort = new AbortController();
  let exec: Exec | undefined;
  try {
    const made = await engine.call(what, signal, (docker, abortSignal) =>
      docker.getContainer(id).exec({
        ...{ Cmd: [...command], AttachStdout: true, AttachStderr: true, abortSignal },
        Env: env.map(({ name, value }) => `${name}=${value}`),
      }),
    );
    exec = made;
    const begun = await engine.call(what, signal, () => made.start({ Detach: false, Tty: false }));
    const stream = engine.cutOff(begun, what, abort.signal);
    const output = new Output(outputBytesMax);
    const reading = (async () => {
      for await (const frame of frames(stream, false)) output.add(frame.stream, frame.payload);
    })();
    await abortable(reading, signal);
    const exitCode = await exitCodeOf(ports, made, signal);
    const text = output.text();
    if (exitCode >= cannotStartCode && cannotStart.test(text))
      throw new MooringError('EXEC_FAILED', text.trim());
    return { exitCode, output: text };
  } catch (error) {
    if (signal.aborted && exec !== undefined) killCommand(ports, exec);
    signal.throwIfAborted();
    throw statusOf(error) === undefined
      ? error
      : new MooringError('EXEC_FAILED', engineWords(error), { cause: error });
  } finally {
    abort.abort();
  }
}

/** The output ends a moment before the engine knows the code. */
export async function exitCodeOf(
  { engine, clock }: ExecPorts,
  exec: Exec,
  signal: AbortSignal,
): Promise<number> {
  const endMs = clock.monotonicMs() + settleMs;
  for (;;) {
    const { ExitCode } = await engine.call('asking how a command ended', signal, (_, abortSignal) =>
      exec.inspect({ abortSignal }),
    );
    if (ExitCode !== null) return ExitCode;
    if (clock.monotonicMs() >= endMs)
      throw new MooringError('EXEC_FAILED', 'the engine does not say how the command ended');
    await sleep(clock, pollMs, signal);
  }
}

/** Whoever has called does not wait for it any more. */
export function killCommand({ killer, logger }: ExecPorts, exec: Exec): void {
  killer
    .end(exec)
    .catch((error: unknown) =>
      logger.warn({ exec: exec.id, error: errorMessage(error) }, 'command not killed: it may run on'),
    );
}

/** Standard output, then standard error, cut to a number of bytes together. */
class Output {
  private readonly bytesMax: number;
  private readonly parts = {
    stdout: { chunks: [] as Buffer[], bytes: 0 },
    stderr: { chunks: [] as Buffer[], bytes: 0 },
  };

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /** Each is kept up to the limit, since nobody knows yet how much of it the other leaves. */
  add(stream: 'stdout' | 'stderr', payload: Buffer): void {
    const part = this.parts[stream];
    const kept = payload.subarray(0, this.bytesMax - part.bytes);
    if (kept.length === 0) return;
    part.chunks.push(kept);
    part.bytes += kept.length;
  }

  text(): string {
    const all = Buffer.concat([...this.parts.stdout.chunks, ...this.parts.stderr.chunks]);
    return all.subarray(0, this.bytesMax).toString('utf8');
  }
}
