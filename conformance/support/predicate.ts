/** What a check says about one object: `path` `op` `value`. */

import { isDeepStrictEqual } from 'node:util';
import { valuesAt } from './object-path.ts';

export interface Predicate {
  readonly path: string;
  readonly op: '==' | '!=' | '<' | '<=' | '>' | '>=' | 'exists' | 'absent';
  readonly value?: unknown;
  /** Stands for a path that is not there. */
  readonly missingMeans?: unknown;
}

/** A missing object makes every predicate false but `absent`. */
export function holds(predicate: Predicate, object: unknown): boolean {
  const { path, op, value, missingMeans } = predicate;
  if (object === undefined) return op === 'absent';
  const found = valuesAt(object, path);
  if (op === 'exists') return found.length > 0;
  if (op === 'absent') return found.length === 0;
  const values = found.length === 0 && missingMeans !== undefined ? [missingMeans] : found;
  if (op === '!=') return !values.some((one) => isDeepStrictEqual(one, value));
  return values.some((one) => compare(one, op, value));
}

export function compare(a: unknown, op: Predicate['op'], b: unknown): boolean {
  if (op === '==') return isDeepStrictEqual(a, b);
  if (op === '!=') return !isDeepStrictEqual(a, b);
  if (typeof a !== 'number' || typeof b !== 'number') return false;
  if (op === '<') return a < b;
  if (op === '<=') return a <= b;
  if (op === '>') return a > b;
  return op === '>=' && a >= b;
}
