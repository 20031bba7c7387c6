/** Lines of a log, put together from what the engine sends. Pure. */

import type { LogLine, LogOptions } from '@mooring/core';
import type { Frame } from './frames.ts';

const lineBytesMaxDefault = 262_144;
/** `2026-01-02T03:04:05.123456789Z ` at the beginning of each message. */
const stampPattern = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) /;
const stampCharsMax = 40;
/** Before the time of what follows a cut: a letter of several bytes that was cut through is longer in the engine's log. */
const strayBytesMax = 6;
const newline = 0x0a;
/** What the engine cuts long lines into. */
const messageBytesMax = 16_384;

interface Partial {
  atMs: number;
  chunks: Buffer[];
  bytes: number;
  /** Of the message that is being read; only counted where nothing else tells where messages end. */
  messageBytes: number;
  /** The time of a message that has not yet come whole; a terminal is cut anywhere. */
  head: Buffer;
}

/**
 * The engine keeps long lines as several messages, each with a time of its own and only the last with a line end. With a
 * terminal there are no frames, so that the time is looked for at the beginning of a line, and where one is so long that the
 * engine must have cut it.
 */
export class LogLines {
  private readonly lineBytesMax: number;
  private readonly isTerminal: boolean;
  /** The message that came last, when it was the end of a line. */
  private readonly latest: Record<Frame['stream'], Buffer> = {
    stdout: Buffer.alloc(0),
    stderr: Buffer.alloc(0),
  };
  private readonly partials = { stdout: newPartial(), stderr: newPartial() };

  constructor({ lineBytesMax = lineBytesMaxDefault }: LogOptions, isTerminal: boolean) {
    this.lineBytesMax = lineBytesMax;
    this.isTerminal = isTerminal;
  }

  *add({ stream, payload }: Frame): Iterable<LogLine> {
    if (!this.isTerminal && this.isRepeated(stream, payload)) return;
    const partial = this.partials[stream];
    let rest = Buffer.concat([partial.head, payload]);
    partial.head = Buffer.alloc(0);
    while (rest.length > 0) {
      const isBegin = this.isMessageBegin(partial);
      const isCut = this.isTerminal && partial.chunks.length > 0;
      const charsMax = stampCharsMax + (isCut ? strayBytesMax : 0);
      if (this.isTerminal && isBegin && rest.length < charsMax && !rest.includes(newline)) {
        partial.head = rest;
        return;
      }
      const stamp = isBegin ? stampOf(rest, isCut) : undefined;
      if (stamp !== undefined && partial.chunks.length === 0) partial.atMs = stamp.atMs;
      if (stamp !== undefined) yield* this.extend(stream, rest.subarray(0, stamp.from));
      if (isBegin) partial.messageBytes = 0;
      const from = stamp?.to ?? 0;
      const cutAt = this.isTerminal ? from + messageBytesMax - partial.messageBytes : rest.length;
      const lineEnd = rest.subarray(0, cutAt).indexOf(newline, from);
      const end = lineEnd === -1 ? Math.min(cutAt, rest.length) : lineEnd;
      partial.messageBytes += end - from;
      yield* this.extend(stream, rest.subarray(from, end));
      if (lineEnd !== -1) yield this.finish(stream);
      rest = rest.subarray(lineEnd === -1 ? end : end + 1);
    }
  }

  /** Of a log that is followed, the engine gives the last message of each file again when it begins the next file. */
  private isRepeated(stream: Frame['stream'], payload: Buffer): boolean {
    const isSame = this.latest[stream].equals(payload);
    // Parts of a long line have one time, and may be the same.
    this.latest[stream] = payload.at(-1) === newline ? payload : Buffer.alloc(0);
    return isSame && payload.length > 0;
  }

  private isMessageBegin({ chunks, messageBytes }: Partial): boolean {
    return !this.isTerminal || chunks.length === 0 || messageBytes === messageBytesMax;
  }

  /** What is left without a line end. */
  *end(): Iterable<LogLine> {
    for (const stream of ['stdout', 'stderr'] as const) {
      const partial = this.partials[stream];
      if (partial.head.length > 0) {
        const stamp = stampPattern.exec(partial.head.toString('latin1'))?.[0] ?? '';
        yield* this.extend(stream, partial.head.subarray(stamp.length));
      }
      if (partial.bytes > 0) yield this.finish(stream);
    }
  }

  private *extend(stream: Frame['stream'], bytes: Buffer): Iterable<LogLine> {
    const partial = this.partials[stream];
    let rest = bytes;
    while (partial.bytes + rest.length > this.lineBytesMax) {
      const fit = this.lineBytesMax - partial.bytes;
      partial.chunks.push(rest.subarray(0, fit));
      yield this.finish(stream);
      rest = rest.subarray(fit);
    }
    partial.chunks.push(rest);
    partial.bytes += rest.length;
  }

  private finish(stream: Frame['stream']): LogLine {
    const partial = this.partials[stream];
    const text = Buffer.concat(partial.chunks).toString('utf8');
    partial.chunks = [];
    partial.bytes = 0;
    return { atMs: partial.atMs, stream, text: this.isTerminal ? text.replace(/\r$/, '') : text };
  }
}

interface Stamp {
  readonly atMs: number;
  /** Where it is. */
  readonly from: number;
  readonly to: number;
}

/** The time at the beginning, or a little later after a cut. */
function stampOf(bytes: Buffer, isAfterCut: boolean): Stamp | undefined {
  for (let from = 0; from <= (isAfterCut ? strayBytesMax : 0); from += 1) {
    const found = stampPattern.exec(bytes.toString('latin1', from, from + stampCharsMax));
    if (found?.[1] !== undefined) return { atMs: Date.parse(found[1]), from, to: from + found[0].length };
  }
  return undefined;
}

function newPartial(): Partial {
  return { atMs: 0, chunks: [], bytes: 0, messageBytes: 0, head: Buffer.alloc(0) };
}
