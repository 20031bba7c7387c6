/** Lists as text: items that are bytes already, put together block by block. */

import type { SharedText } from './shared-json.ts';

/** Items with commas between them, and what stands around them. */
export interface ListText {
  readonly head: string;
  readonly items: readonly SharedText[];
  readonly tail: string;
}

export function sizeOf({ head, items, tail }: ListText): number {
  let size = Buffer.byteLength(head) + Buffer.byteLength(tail) + Math.max(0, items.length - 1);
  for (const { json } of items) size += json.length;
  return size;
}

const comma = Buffer.from(',');

/** Gives the bytes away in blocks. A block is used again when `write` has resolved. Rejects with what that rejects with. */
export async function writeList(
  { head, items, tail }: ListText,
  blockBytes: number,
  write: (bytes: Buffer) => Promise<void> | void,
): Promise<void> {
  const block = Buffer.allocUnsafe(blockBytes);
  let at = 0;
  const fits = (part: Buffer): boolean => {
    if (part.length > block.length - at) return false;
    block.set(part, at);
    at += part.length;
    return true;
  };
  const writeBefore = async (part: Buffer): Promise<void> => {
    if (at > 0) await write(block.subarray(0, at));
    at = 0;
    if (!fits(part)) await write(part);
  };
  const [first, last] = [Buffer.from(head), Buffer.from(tail)];
  if (!fits(first)) await writeBefore(first);
  let isFirst = true;
  for (const { json } of items) {
    if (!isFirst && !fits(comma)) await writeBefore(comma);
    isFirst = false;
    if (!fits(json)) await writeBefore(json);
  }
  if (!fits(last)) await writeBefore(last);
  if (at > 0) await write(block.subarray(0, at));
}
