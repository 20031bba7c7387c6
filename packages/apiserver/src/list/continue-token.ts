/** Where the next page of a list begins, in a text that clients hand back unread. Pure. */

import { badRequest } from '../status/status-error.ts';

export interface Continuation {
  /** That of the first page: a watch from there misses nothing of what happens between the pages. */
  readonly revision: number;
  /** The last object that was given out: `namespace/name`. */
  readonly after: string;
}

export function formatToken({ revision, after }: Continuation): string {
  return Buffer.from(JSON.stringify({ v: 1, rv: revision, after })).toString('base64url');
}

/** Throws a `StatusError` for a text that was not given out here. */
export function parseToken(token: string): Continuation {
  const { v, rv, after } = decoded(token);
  if (v === 1 && Number.isSafeInteger(rv) && typeof after === 'string')
    return { revision: rv as number, after };
  throw badRequest('continue key is not valid: it must be one that a list has given out');
}

function decoded(token: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // Not of our making.
    return {};
  }
}
