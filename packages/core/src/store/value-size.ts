/** How large a stored value may be: the same in every store, so that what works in memory works on disk. */

import { MooringError } from '../contract/error.ts';

/** As in etcd. */
export const defaultValueBytesMax = 1.5 * 1024 * 1024;

/** Throws `VALUE_TOO_LARGE`. Writes the JSON out only for values that may be too large by a rough look at them. */
export function checkValueSize(key: string, value: object, bytesMax: number): void {
  if (mayExceed(value, bytesMax)) checkTextSize(key, JSON.stringify(value), bytesMax);
}

/** Throws `VALUE_TOO_LARGE`; `text` is the value as JSON. */
export function checkTextSize(key: string, text: string, bytesMax: number): void {
  const size = Buffer.byteLength(text);
  if (size > bytesMax)
    throw new MooringError('VALUE_TOO_LARGE', `${key} has ${size} bytes; at most ${bytesMax} are kept`);
}

/** `\u0000`: no character takes more bytes in JSON. */
const charBytesMax = 6;
/** Quotes, colon, comma, brackets, and any number. */
const nodeBytesMax = 32;

/** False only when the JSON is surely small enough. Ends at the limit, also in a circle. */
export function mayExceed(value: object, bytesMax: number): boolean {
  let bytes = nodeBytesMax;
  const open: object[] = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const isList = Array.isArray(next);
    // By `for in`: no list of entries is built, because this runs for every write.
    for (const name in next) {
      const child = (next as Readonly<Record<string, unknown>>)[name];
      bytes += nodeBytesMax + (isList ? 0 : name.length * charBytesMax);
      if (typeof child === 'string') bytes += child.length * charBytesMax;
      else if (typeof child === 'object' && child !== null) open.push(child);
      if (bytes > bytesMax) return true;
    }
  }
  return bytes > bytesMax;
}
