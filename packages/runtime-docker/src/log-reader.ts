/** The log of a container, read from the engine as fast as the reader takes it. */

import { type LogLine, type LogOptions, MooringError } from '@mooring/core';
import type { Engine } from './engine.ts';
import { engineWords, isConnectionError, statusOf, unavailable } from './engine-error.ts';
import { frames } from './frames.ts';
import type { Instances } from './instances.ts';
import { LogLines } from './log-lines.ts';

/** Rejects with `NOT_FOUND` for a container that is not there, with `signal.reason`, or with `RUNTIME_UNAVAILABLE` when the engine breaks off. */
export async function* readLog(
  { engine, instances }: { readonly engine: Engine; readonly instances: Instances },
  id: string,
  options: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<LogLine, void> {
  const instance = await instances.look(id, signal);
  if (instance === undefined) throw new MooringError('NOT_FOUND', `container ${id} does not exist`);
  const { follow = false, tailLines, sinceMs } = options;
  const query = {
    ...{ stdout: true, stderr: true, timestamps: true, follow },
    ...(tailLines !== undefined && { tail: tailLines }),
    ...(sinceMs !== undefined && { since: (sinceMs / 1000).toFixed(3) }),
  };
  const lines = new LogLines(options, instance.record.tty);
  try {
    const path = `/containers/${id}/logs`;
    const stream = await engine.stream(`reading the log of container ${id}`, path, query, signal);
    for await (const frame of frames(stream, instance.record.tty)) yield* lines.add(frame);
  } catch (error) {
    signal.throwIfAborted();
    if (statusOf(error) === 404) throw new MooringError('NOT_FOUND', engineWords(error), { cause: error });
    if (isConnectionError(error)) throw unavailable(engine.address, engineWords(error), error);
    throw error;
  }
  signal.throwIfAborted();
  yield* lines.end();
}
