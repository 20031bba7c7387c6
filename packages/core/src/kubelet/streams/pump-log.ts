/** Brings the lines of a log to whoever reads them. */

import type { Clock } from '../../contract/clock.ts';
import type { LogLine } from '../../contract/container-runtime.ts';
import { nextTurn } from '../../engine/next-turn.ts';
import { LineBatch } from './line-batch.ts';
import type { LogText } from './log-text.ts';

export interface LogPump {
  readonly lines: AsyncIterable<LogLine>;
  readonly text: LogText;
  readonly clock: Clock;
  /** Resolves when there is room for more. */
  send(stream: LogLine['stream'], bytes: Uint8Array): Promise<void>;
}

/** Resolves when the lines have ended, or no more are wanted. Rejects as `lines` and `send` do. */
export async function pumpLog({ lines, text, clock, send }: LogPump): Promise<void> {
  const batch = new LineBatch();
  const reading = read(lines, text, batch);
  // It is told below, unless the reader has gone before.
  reading.catch(() => undefined);
  try {
    for (;;) {
      await batch.whenFilled();
      await nextTurn(clock);
      const chunks = batch.drain();
      if (chunks.length === 0 && batch.isOver) break;
      for (const { stream, bytes } of chunks) await send(stream, bytes);
    }
  } finally {
    batch.close();
  }
  await reading;
}

async function read(lines: AsyncIterable<LogLine>, text: LogText, batch: LineBatch): Promise<void> {
  try {
    if (text.isFull) return;
    for await (const line of lines) {
      const room = batch.add({ stream: line.stream, bytes: text.bytesOf(line) });
      if (room !== undefined) await room;
      if (text.isFull || batch.isOver) return;
    }
  } finally {
    batch.close();
  }
}
