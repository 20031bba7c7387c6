/** Input and output of a process, over a connection that the engine has given away. */

import type { Duplex } from 'node:stream';
import type { OutputChunk, ProcessStreams, TerminalSize } from '@mooring/core';
import type { Frame } from './frames.ts';

export interface StreamPorts {
  readonly output: AsyncIterable<Frame>;
  /** Absent: it gets no input. */
  readonly input?: Duplex;
  readonly signal: AbortSignal;
  resize(size: TerminalSize): Promise<void>;
  exitCode(): Promise<number>;
  /** Called once when somebody gives up before the end. */
  onAbort(): void;
}

export function processStreams(ports: StreamPorts): ProcessStreams {
  const { input, output, resize, exitCode } = ports;
  return {
    output: chunksOf(output, ports),
    write: (bytes) => (input === undefined ? Promise.resolve() : writeTo(input, bytes)),
    closeInput() {
      if (input !== undefined && !input.writableEnded) input.end();
    },
    resize(size) {
      // What has ended has no size any more.
      resize(size).catch(() => undefined);
    },
    exitCode,
  };
}

async function* chunksOf(
  output: AsyncIterable<Frame>,
  { signal, onAbort }: StreamPorts,
): AsyncGenerator<OutputChunk, void> {
  let isWhole = false;
  try {
    for await (const { stream, payload } of output) yield { stream, bytes: payload };
    isWhole = !signal.aborted;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    if (!isWhole) onAbort();
  }
  signal.throwIfAborted();
}

/** Resolves when there is room for more, or nobody reads any more. */
function writeTo(stream: Duplex, bytes: Uint8Array): Promise<void> {
  if (stream.destroyed || stream.writableEnded || stream.write(bytes)) return Promise.resolve();
  return new Promise((resolve) => {
    const settle = () => {
      stream.off('drain', settle).off('close', settle);
      resolve();
    };
    stream.once('drain', settle).once('close', settle);
  });
}
