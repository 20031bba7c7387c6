/** One pull of an image by the engine: with whose credentials, what is told of it, and for how long nothing may come. */

import type { Readable } from 'node:stream';
import { type Clock, formatDuration, type Logger, MooringError, onAbort } from '@mooring/core';
import type { Engine } from './engine.ts';
import { jsonLines } from './json-lines.ts';
import type { RegistryCredentials } from './options.ts';

export interface PullPorts {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A pull that gets no further for so long is given up. */
  readonly progressMsMax: number;
}

/** Nothing else bounds a pull but the caller's signal: the engine answers when the registry does. */
const pullMsMax = 24 * 3_600_000;
/** How often a pull that takes long is told of. */
const tellMs = 10_000;

/** Resolves when it is there. Rejects with `signal.reason`, with `IMAGE_NOT_FOUND`, or with the client's error. */
export async function pull(
  { engine, clock, logger, progressMsMax }: PullPorts,
  image: string,
  authconfig: RegistryCredentials | undefined,
  signal: AbortSignal,
): Promise<void> {
  const what = `pulling image ${image}`;
  const abort = new AbortController();
  const forget = onAbort(signal, () => abort.abort(signal.reason));
  let latest = '';
  let toldMs = clock.monotonicMs();
  const giveUp = () =>
    abort.abort(new MooringError('IMAGE_NOT_FOUND', stuckWords(image, progressMsMax, latest)));
  let timer = clock.setTimeout(giveUp, progressMsMax);
  try {
    const begin = async (abortSignal: AbortSignal) =>
      await engine.docker.pull(image, { abortSignal, ...(authconfig !== undefined && { authconfig }) });
    const stream = await engine.call(what, abort.signal, (_, inner) => begin(inner), pullMsMax);
    await untilDone(engine.cutOff(stream, what, abort.signal), abort.signal, (line) => {
      clock.clearTimeout(timer);
      timer = clock.setTimeout(giveUp, progressMsMax);
      latest = wordsOf(line);
      if (clock.monotonicMs() - toldMs < tellMs) return;
      toldMs = clock.monotonicMs();
      logger.info({ image, progress: latest }, 'image is being pulled');
    });
  } finally {
    clock.clearTimeout(timer);
    forget();
  }
}

type Line = Readonly<Record<string, unknown>>;

/** Reads the progress to its end; rejects with what the engine says went wrong on the way. */
export async function untilDone(
  progress: Readable,
  signal: AbortSignal,
  onLine: (line: Line) => void = () => undefined,
): Promise<void> {
  try {
    for await (const { value } of jsonLines(progress)) {
      const problem = value['error'];
      if (typeof problem === 'string') throw new MooringError('IMAGE_NOT_FOUND', problem);
      onLine(value);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
  signal.throwIfAborted();
}

/** As kubelets with Docker said it. */
function stuckWords(image: string, ms: number, latest: string): string {
  const words = `no progress for ${formatDuration(ms)}, latest progress: ${JSON.stringify(latest)}`;
  return `Cancel pulling image ${JSON.stringify(image)} because of ${words}`;
}

/** `4f4fb700ef54: Downloading 1048576/2097152` */
function wordsOf({ id, status, progressDetail }: Line): string {
  const { current, total } = (progressDetail ?? {}) as { readonly current?: number; readonly total?: number };
  const amount = current === undefined ? '' : ` ${current}${total === undefined ? '' : `/${total}`}`;
  return `${id === undefined ? '' : `${String(id)}: `}${String(status ?? '')}${amount}`;
}
