/** Two streams of a process as one, in the order in which their bytes come. */

import type { Readable } from 'node:stream';
import { type Clock, type OutputChunk, onAbort, sleep } from '@mooring/core';

export interface OutputSource {
  readonly stdout: Readable;
  /** Absent where a terminal makes one of both. */
  readonly stderr?: Readable | undefined;
  /** Aborts when the process has ended: what it leaves behind may hold its output open for ever. */
  readonly ended: AbortSignal;
  readonly clock: Clock;
}

/** How often nothing may come after the end before it is the end of the output, and how long is waited each time. */
const quietTimes = 2;
const quietMs = 50;

type Stream = OutputChunk['stream'];
type Step = { readonly stream: Stream; readonly result: IteratorResult<Buffer, unknown> };

/** Reads on only when the reader does. Rejects with the reason of the signal. */
export async function* mergeOutput(
  source: OutputSource,
  signal: AbortSignal,
): AsyncGenerator<OutputChunk, void> {
  const merge = new Merge(source);
  const forget = onAbort(signal, () => merge.close());
  try {
    for (let step = await merge.next(); step !== undefined; step = await merge.next()) {
      signal.throwIfAborted();
      yield step;
    }
    signal.throwIfAborted();
  } finally {
    forget();
    merge.close();
  }
}

class Merge {
  private readonly source: OutputSource;
  private readonly streams: ReadonlyMap<Stream, Readable>;
  private readonly iterators: ReadonlyMap<Stream, AsyncIterator<Buffer>>;
  private readonly ready: Step[] = [];
  /** Streams that have not ended. */
  private open: number;
  private wake = () => {};
  private readonly forget: () => void;

  constructor(source: OutputSource) {
    this.source = source;
    const { stdout, stderr } = source;
    this.streams = new Map<Stream, Readable>([
      ['stdout', stdout],
      ...(stderr === undefined ? [] : [['stderr', stderr] as [Stream, Readable]]),
    ]);
    this.iterators = new Map(
      [...this.streams].map(([stream, readable]) => [stream, readable[Symbol.asyncIterator]()]),
    );
    this.open = this.streams.size;
    this.forget = onAbort(source.ended, () => this.wake());
    for (const stream of this.streams.keys()) void this.ask(stream);
  }

  /** `undefined` when nothing comes any more. */
  async next(): Promise<OutputChunk | undefined> {
    while (this.open > 0) {
      const step = this.ready.shift() ?? (await this.wait());
      if (step === undefined) return undefined;
      const { stream, result } = step;
      if (result.done === true) {
        this.open -= 1;
        continue;
      }
      void this.ask(stream);
      return { stream, bytes: result.value };
    }
    return undefined;
  }

  close(): void {
    this.forget();
    for (const readable of this.streams.values()) readable.destroy();
  }

  private async ask(stream: Stream): Promise<void> {
    let result: IteratorResult<Buffer, unknown> = { done: true, value: undefined };
    try {
      result = (await this.iterators.get(stream)?.next()) ?? result;
    } catch {
      // It was destroyed: that is its end.
    }
    this.ready.push({ stream, result });
    this.wake();
  }

  private async wait(): Promise<Step | undefined> {
    const { ended, clock } = this.source;
    if (!ended.aborted) await this.woken();
    for (let times = 0; times < quietTimes && this.ready.length === 0 && ended.aborted; times += 1)
      await Promise.race([this.woken(), sleep(clock, quietMs)]);
    return this.ready.shift();
  }

  private woken(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }
}
