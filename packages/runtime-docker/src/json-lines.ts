/** JSON objects, one a line, as they come in. */

import type { Readable } from 'node:stream';

export interface JsonLine {
  readonly text: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** Ends with the stream; rejects when it breaks. What is no object is left out. */
export async function* jsonLines(stream: Readable): AsyncGenerator<JsonLine, void> {
  let rest = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const text of lines) {
      const line = parse(text);
      if (line !== undefined) yield line;
    }
  }
  const last = parse(rest);
  if (last !== undefined) yield last;
}

function parse(text: string): JsonLine | undefined {
  if (text.trim() === '') return undefined;
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null
    ? { text, value: value as Readonly<Record<string, unknown>> }
    : undefined;
}
