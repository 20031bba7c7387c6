/** The laws of writing that every store shares: what the key must look like, and what must be there before. */

import { MooringError } from '../contract/error.ts';
import type { Revision } from '../contract/store.ts';

/** What a check needs to know of the entry that is there now. */
export interface Present {
  readonly revision: Revision;
}

const keyPattern = /^[-_.a-zA-Z0-9]+(?:\/[-_.a-zA-Z0-9]+)*$/;
const keyLengthMax = 512;

export function checkKey(key: string): void {
  if (key.length <= keyLengthMax && keyPattern.test(key)) return;
  const rule = `must be words of letters, digits and "-_." joined by "/", at most ${keyLengthMax} characters`;
  throw new MooringError('INVALID', `invalid key ${JSON.stringify(key)}: ${rule}`);
}

export function checkPrefix(prefix: string): void {
  if (prefix === '' || (prefix.endsWith('/') && keyPattern.test(prefix.slice(0, -1)))) return;
  throw new MooringError(
    'INVALID',
    `invalid prefix ${JSON.stringify(prefix)}: must be empty or end at a "/"`,
  );
}

export function checkCreate(key: string, current: Present | undefined): void {
  if (current !== undefined) throw new MooringError('ALREADY_EXISTS', `${key} already exists`);
}

export function checkUpdate(key: string, current: Present | undefined, expected: Revision): void {
  if (current === undefined) throw new MooringError('NOT_FOUND', `${key} not found`);
  if (current.revision === expected) return;
  throw new MooringError('CONFLICT', `${key} has revision ${current.revision}, not ${expected}`);
}

/** True when there is something to delete. */
export function checkDelete(
  key: string,
  current: Present | undefined,
  expected: Revision | undefined,
): boolean {
  if (expected !== undefined) checkUpdate(key, current, expected);
  return current !== undefined;
}
