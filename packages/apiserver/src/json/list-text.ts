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
const commaCode = comma[0] as number;

/** Gives the bytes away in blocks. A block is used again when `write` has resolved. Rejects with what that rejects with. */
export async function writeList(
  { head, items, tail }: ListText,
  blockBytes: number,
  write: (bytes: Buffer) => Promise<void> | void,
): Promise<void> {
  const block = Buffer.allocUnsafe(blockBytes);
  let filled: Filled = { at: 0, next: 0 };
  const flush = async (): Promise<void> => {
    if (filled.at > 0) await write(block.subarray(0, filled.at));
    filled.at = 0;
  };
  /** By itself when it fits nowhere. */
  const put = async (part: Buffer): Promise<void> => {
    if (part.length > blockBytes - filled.at) await flush();
    if (part.length > blockBytes) return await write(part);
    block.set(part, filled.at);
    filled.at += part.length;
  };
  await put(Buffer.from(head));
  while (filled.next < items.length) {
    filled = fill(block, items, filled);
    const item = items[filled.next];
    if (item === undefined) break;
    if (filled.next > 0) await put(comma);
    await put(item.json);
    filled.next += 1;
  }
  await put(Buffer.from(tail));
  await flush();
}

/** How far a block is filled, and which item comes next. */
interface Filled {
  at: number;
  next: number;
}

/** Fills a block with as many items as go into it whole, each behind a comma. Of ten thousand items this is what takes the time. */
function fill(block: Buffer, items: readonly SharedText[], from: Filled): Filled {
  const size = block.length;
  let { at, next } = from;
  for (; next < items.length; next += 1) {
    const { json } = items[next] as SharedText;
    const begin = next === 0 ? at : at + 1;
    const end = begin + json.length;
    if (end > size) break;
    if (next > 0) block[at] = commaCode;
    block.set(json, begin);
    at = end;
  }
  return { at, next };
}
