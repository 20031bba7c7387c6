/** Lines of a log, put together from what the engine sends. Pure. */

import type { LogLine, LogOptions } from '@mooring/core';
import type { Frame } from './frames.ts';

const lineBytesMaxDefault = 262_144;
/** `2026-01-02T03:04:05.123456789Z ` at the beginning of each message. */
const stampPattern = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) /;
const stampCharsMax = 40;
const newline = 0x0a;

interface Partial {
  atMs: number;
  chunks: Buffer[];
  bytes: number;
  /** The time of a message that has not yet come whole; a terminal is cut anywhere. */
  head: Buffer;
}

/**
 * The engine keeps long lines as several messages, each with a time of its own and only the last with a line end. With a
 * terminal there are no frames, so that the time is looked for at the beginning of a line only.
 */
export class LogLines {
  private readonly lineBytesMax: number;
  private readonly isTerminal: boolean;
  private readonly partials = { stdout: newPartial(), stderr: newPartial() };

  constructor({ lineBytesMax = lineBytesMaxDefault }: LogOptions, isTerminal: boolean) {
    this.lineBytesMax = lineBytesMax;
    this.isTerminal = isTerminal;
  }

  *add({ stream, payload }: Frame): Iterable<LogLine> {
    const partial = this.partials[stream];
    let rest = Buffer.concat([partial.head, payload]);
    partial.head = Buffer.alloc(0);
    while (rest.length > 0) {
      const isBegin = !this.isTerminal || partial.chunks.length === 0;
      if (this.isTerminal && isBegin && rest.length < stampCharsMax && !rest.includes(newline)) {
        partial.head = rest;
        return;
      }
      const stamp = isBegin ? stampPattern.exec(rest.toString('latin1', 0, stampCharsMax)) : null;
      if (stamp?.[1] !== undefined && partial.chunks.length === 0) partial.atMs = Date.parse(stamp[1]);
      const from = stamp?.[0].length ?? 0;
      const end = rest.indexOf(newline, from);
      yield* this.extend(stream, rest.subarray(from, end === -1 ? undefined : end));
      if (end === -1) return;
      yield this.finish(stream);
      rest = rest.subarray(end + 1);
    }
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

function newPartial(): Partial {
  return { atMs: 0, chunks: [], bytes: 0, head: Buffer.alloc(0) };
}
