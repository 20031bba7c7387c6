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

/** Of parts of values that nobody can change any more, as a spec is that many pods share: worked out once. */
const sizesOfFrozen = new WeakMap<object, number>();
/** Below that a look is as quick as a memory. */
const worthKnowingBytes = 1024;

/** False only when the JSON is surely small enough. */
export function mayExceed(value: object, bytesMax: number): boolean {
  return roughBytes(value, bytesMax, knownBytes) > bytesMax;
}

/** What its JSON has at most; any number above the limit where that is exceeded. Ends there, also in a circle. */
function roughBytes(value: object, bytesMax: number, bytesOfFrozen?: typeof knownBytes): number {
  let bytes = nodeBytesMax;
  const open: object[] = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const isList = Array.isArray(next);
    // By `for in`: no list of entries is built, because this runs for every write.
    for (const name in next) {
      const child = (next as Readonly<Record<string, unknown>>)[name];
      bytes += nodeBytesMax + (isList ? 0 : name.length * charBytesMax);
      if (typeof child === 'string') bytes += child.length * charBytesMax;
      else if (typeof child !== 'object' || child === null) continue;
      else if (bytesOfFrozen !== undefined && next === value && Object.isFrozen(child))
        bytes += bytesOfFrozen(child, bytesMax);
      else open.push(child);
      if (bytes > bytesMax) return bytes;
    }
  }
  return bytes;
}

function knownBytes(part: object, bytesMax: number): number {
  const known = sizesOfFrozen.get(part);
  if (known !== undefined) return known;
  const bytes = roughBytes(part, bytesMax);
  if (bytes > worthKnowingBytes && bytes <= bytesMax) sizesOfFrozen.set(part, bytes);
  return bytes;
}
