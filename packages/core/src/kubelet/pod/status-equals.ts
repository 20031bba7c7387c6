/** Whether two statuses say the same, so that nothing is written when nothing changed. */

import type { PodStatus } from '../../api/pod.ts';

/** The order of keys does not matter; a key that is `undefined` counts as absent. The order of lists matters. */
export function statusEquals(a: PodStatus, b: PodStatus): boolean {
  return jsonEquals(a, b);
}

function jsonEquals(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => jsonEquals(item, b[i]));
  }
  if (Array.isArray(b)) return false;
  const left: Record<string, unknown> = { ...a };
  const right: Record<string, unknown> = { ...b };
  for (const key in left) if (!jsonEquals(left[key], right[key])) return false;
  for (const key in right) if (right[key] !== undefined && left[key] === undefined) return false;
  return true;
}
