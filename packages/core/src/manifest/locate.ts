/** Where in the text a field stands. */

import type { Offsets } from './yaml-value.ts';

/**
 * The offset of the field at `path` (`spec.containers[0].ports`), or of the nearest thing around it that is there.
 * Keys may hold dots and brackets themselves, so the path is not split but matched against the keys that exist.
 */
export function locateField(root: unknown, path: string, offsets: Offsets, rootOffset: number): number {
  let value = root;
  let rest = path;
  let offset = rootOffset;
  while (rest !== '' && typeof value === 'object' && value !== null) {
    const step = nextStep(value, rest);
    if (step === undefined) break;
    offset = offsets.get(value)?.get(step.key) ?? offset;
    value = Reflect.get(value, step.key);
    rest = rest.slice(step.length);
  }
  return offset;
}

interface Step {
  readonly key: string;
  /** How much of the path it takes. */
  readonly length: number;
}

/** The key that the path goes on with, by its plainest reading; by every key that there is when that leads nowhere. */
function nextStep(value: object, rest: string): Step | undefined {
  const plain = /^(?:\[([^\]]*)\]|\.?([^.[\]]+))/.exec(rest);
  const plainKey = plain?.[1] ?? plain?.[2];
  if (plain !== null && plainKey !== undefined && Object.hasOwn(value, plainKey))
    return { key: plainKey, length: plain[0].length };
  let longest: Step | undefined;
  for (const key of Object.keys(value)) {
    const length = stepLength(key, rest);
    if (length > (longest?.length ?? 0)) longest = { key, length };
  }
  return longest;
}

/** `key`, `.key` and `[key]` all name a key; 0 when the path does not go on with it. */
function stepLength(key: string, rest: string): number {
  if (rest.startsWith(`[${key}]`)) return key.length + 2;
  const dot = rest.startsWith('.') ? 1 : 0;
  if (!rest.startsWith(key, dot)) return 0;
  const end = dot + key.length;
  return end === rest.length || rest[end] === '.' || rest[end] === '[' ? end : 0;
}
