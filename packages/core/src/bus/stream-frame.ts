/**
 * What the two ends of a stream say to each other. Frames with a `seq` come in order or not at all: `data`, `eof` and `end`.
 * The others stand for themselves: a later one says what an earlier one said.
 */

import { FieldPath, invalid, type Parsed, typeInvalid } from '../api/field-error.ts';
import type { OutputChunk, TerminalSize } from '../contract/process-streams.ts';
import { isRecord } from './envelope.ts';
import { fromWireError, toWireError, type WireError } from './wire-error.ts';

/** Bytes in one frame; as base64 in JSON they stay well below what a message may have. */
export const chunkBytesMax = 64 * 1024;
/** What may be on its way to a reader that has not taken it, by `weightOf`. */
export const windowBytes = 512 * 1024;
/** What a frame with data costs beside its bytes. */
const frameBytes = 256;

export type Channel = 'stdin' | OutputChunk['stream'];

/** How a stream ended as it should, or why it did not. */
export type StreamOutcome = { readonly exitCode?: number } | { readonly error: WireError };

export type SequencedFrame =
  | { readonly seq: number; readonly data: Uint8Array; readonly channel: Channel }
  | { readonly seq: number; readonly eof: Channel }
  | { readonly seq: number; readonly end: StreamOutcome };

export type StreamFrame =
  | SequencedFrame
  /** Weight of all data that was taken so far. */
  | { readonly credit: number }
  /** Sign of life: the last `seq` that was said, and the credit. */
  | { readonly beat: number; readonly credit: number }
  | { readonly resize: TerminalSize }
  /** The other side has gone, or takes no more. */
  | { readonly abort: WireError };

/** What a frame takes of the window: what carries no data takes nothing. */
export function weightOf(frame: SequencedFrame): number {
  return 'data' in frame ? frameBytes + frame.data.byteLength : 0;
}

/** By reference within the process; base64 in JSON. */
class WireBytes {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  toJSON(): string {
    const { buffer, byteOffset, byteLength } = this.bytes;
    return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
  }
}

/** What is published. */
export function encodeFrame(frame: StreamFrame): object {
  return { v: 1, ...frame, ...('data' in frame && { data: new WireBytes(frame.data) }) };
}

export function decodeFrame(raw: unknown): Parsed<StreamFrame> {
  const path = FieldPath.root;
  if (!isRecord(raw)) return { ok: false, errors: [typeInvalid(path, typeof raw, 'an object')] };
  if (raw['v'] !== 1) return { ok: false, errors: [invalid(path.child('v'), raw['v'], 'must be 1')] };
  const frame = 'seq' in raw ? sequencedFrame(raw) : plainFrame(raw);
  return frame === undefined
    ? {
        ok: false,
        errors: [invalid(path, Object.keys(raw).slice(0, 8).join(), 'must be a frame of a stream')],
      }
    : { ok: true, value: frame };
}

function sequencedFrame(raw: Readonly<Record<string, unknown>>): SequencedFrame | undefined {
  const { seq, channel, eof, end } = raw;
  if (!isCount(seq) || seq === 0) return undefined;
  if ('data' in raw) {
    const data = bytesOf(raw['data']);
    return data !== undefined && isChannel(channel) ? { seq, data, channel } : undefined;
  }
  if (isChannel(eof)) return { seq, eof };
  return isRecord(end) ? { seq, end: outcomeOf(end) } : undefined;
}

function plainFrame(raw: Readonly<Record<string, unknown>>): StreamFrame | undefined {
  const { beat, credit, resize, abort } = raw;
  if (isRecord(resize)) {
    const { columns, rows } = resize;
    return isSide(columns) && isSide(rows) ? { resize: { columns, rows } } : undefined;
  }
  if (isRecord(abort)) return { abort: errorOf(abort) };
  if (!isCount(credit)) return undefined;
  if (beat === undefined) return { credit };
  return isCount(beat) ? { beat, credit } : undefined;
}

/** Between 1 and `chunkBytesMax` of them. */
function bytesOf(raw: unknown): Uint8Array | undefined {
  if (!(raw instanceof WireBytes) && typeof raw !== 'string') return undefined;
  if (typeof raw === 'string' && raw.length > 2 * chunkBytesMax) return undefined;
  const bytes = raw instanceof WireBytes ? raw.bytes : Buffer.from(raw, 'base64');
  return bytes.byteLength > 0 && bytes.byteLength <= chunkBytesMax ? bytes : undefined;
}

function outcomeOf({ exitCode, error }: Readonly<Record<string, unknown>>): StreamOutcome {
  if (isRecord(error)) return { error: errorOf(error) };
  return typeof exitCode === 'number' && Number.isInteger(exitCode) ? { exitCode } : {};
}

const messageLengthMax = 4096;

function errorOf(raw: object): WireError {
  const { code, message } = toWireError(fromWireError(raw));
  return { code, message: message.slice(0, messageLengthMax) };
}

function isChannel(value: unknown): value is Channel {
  return value === 'stdin' || value === 'stdout' || value === 'stderr';
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** Of a terminal, in characters. */
function isSide(value: unknown): value is number {
  return isCount(value) && value <= 0xffff;
}
