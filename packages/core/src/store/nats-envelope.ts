/**
 * What lies under a key in NATS: the value, who wrote it, and over which revision. The writer finds its own write again
 * by `writeId` when the answer was lost; `prev` lets an auditor see that no write was lost to another.
 */

import type { Revision, StoreValue } from '../contract/store.ts';
import { deepFreeze } from './deep-freeze.ts';

export interface WriteEnvelope {
  readonly v: 1;
  readonly writeId: string;
  /** The revision of the key that this write replaced; 0 when there was none. */
  readonly prev: Revision;
  readonly value: StoreValue;
}

/** `valueText` is the value as JSON, which the caller has made already. */
export function encodeWrite(
  { writeId, prev }: Pick<WriteEnvelope, 'writeId' | 'prev'>,
  valueText: string,
): Buffer {
  const head = `{"v":1,"writeId":${JSON.stringify(writeId)},"prev":${prev},"value":`;
  // In one piece, and without a copy of the text in between: values are large, and there are many.
  const size = Buffer.byteLength(head) + Buffer.byteLength(valueText) + 1;
  const bytes = Buffer.allocUnsafe(size);
  bytes.write(valueText, bytes.write(head));
  bytes[size - 1] = closingBrace;
  return bytes;
}

const closingBrace = 0x7d;

/** The value is frozen. `undefined` for what none of us has written: other JSON, or no JSON at all. */
export function decodeWrite(data: Uint8Array): WriteEnvelope | undefined {
  try {
    return readWrite(JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8')));
  } catch {
    // No JSON, or nested too deep to be a value.
    return undefined;
  }
}

function readWrite(parsed: unknown): WriteEnvelope | undefined {
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const { v, writeId, prev, value } = parsed as Readonly<Record<string, unknown>>;
  const isOurs = v === 1 && typeof writeId === 'string' && typeof prev === 'number';
  if (!isOurs || typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return { v, writeId, prev, value: deepFreeze(value) };
}
