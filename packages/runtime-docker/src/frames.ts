/** Output of containers as the engine sends it: frames with the stream they belong to, or without when there is a terminal. */

import type { Readable } from 'node:stream';

export interface Frame {
  readonly stream: 'stdout' | 'stderr';
  readonly payload: Buffer;
}

const headerBytes = 8;
const stderrType = 2;

/** Reads on only when the reader does. Ends with the stream; rejects when it breaks. */
export async function* frames(stream: Readable, isTerminal: boolean): AsyncGenerator<Frame, void> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    const bytes: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    if (isTerminal) {
      yield { stream: 'stdout', payload: bytes };
      continue;
    }
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    while (rest.length >= headerBytes) {
      const end = headerBytes + rest.readUInt32BE(4);
      if (rest.length < end) break;
      const name = rest[0] === stderrType ? 'stderr' : 'stdout';
      yield { stream: name, payload: rest.subarray(headerBytes, end) };
      rest = rest.subarray(end);
    }
  }
}
