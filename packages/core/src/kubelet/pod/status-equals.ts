/** Whether two statuses say the same, so that nothing is written when nothing changed. */

import type { PodStatus } from '../../api/pod.ts';

/** The order of keys does not matter; a key that is `undefined` counts as absent. The order of lists matters. */
export function statusEquals(a: PodStatus, b: PodStatus): boolean {
  return jsonEquals(a, b);
}

function jsonEquals(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i += 1) if (!jsonEquals(a[i], b[i])) return false;
    return true;
  }
  if (!isRecord(a) || !isRecord(b)) return false;
  for (const key in a) if (!jsonEquals(a[key], b[key])) return false;
  for (const key in b) if (b[key] !== undefined && a[key] === undefined) return false;
  return true;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
