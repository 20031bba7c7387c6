/** What a user can do something about: shown in words, without a stack. */

import type { ErrorCode } from '@mooring/core';
import { errorMessage } from '@mooring/core/words';
import { exitCodes } from './exit-codes.ts';

export interface UserErrorOptions {
  readonly exitCode?: number;
  readonly next?: string;
  readonly statusCode?: number;
}

export class UserError extends Error {
  readonly exitCode: number;
  /** What to do next; shown on a line of its own. */
  readonly next: string | undefined;
  /** Of the answer of a server, where that is the error. */
  readonly statusCode: number | undefined;

  constructor(message: string, options: UserErrorOptions = {}) {
    super(message);
    this.name = 'UserError';
    this.exitCode = options.exitCode ?? exitCodes.usage;
    this.next = options.next;
    this.statusCode = options.statusCode;
  }
}

export interface Report {
  readonly lines: readonly string[];
  readonly exitCode: number;
}

/** What is shown of an error and what moor ends with. A stack only for mistakes of moor itself, and on request. */
export function reportError(error: unknown, isDebugging: boolean): Report {
  if (error instanceof UserError) {
    const { message, next, exitCode } = error;
    return { lines: [`moor: ${message}`, ...(next === undefined ? [] : [next])], exitCode };
  }
  const code = codeOf(error);
  const exitCode = code === undefined ? exitCodes.internal : (exitCodeOf[code] ?? exitCodes.failed);
  const stack = isDebugging && error instanceof Error ? [error.stack ?? ''] : [];
  const lines = [`moor: ${errorMessage(error)}`, ...stack];
  if (code !== undefined) return { lines: [...lines, ...hintsFor(code)], exitCode };
  const hint = 'This is a mistake of moor itself. MOOR_DEBUG=1 shows where; please report it.';
  return { lines: isDebugging ? lines : [...lines, hint], exitCode };
}

const exitCodeOf: Readonly<Partial<Record<ErrorCode, number>>> = {
  INVALID: exitCodes.usage,
  MANIFEST_SYNTAX: exitCodes.usage,
  NOT_FOUND: exitCodes.usage,
  IMAGE_NAME_INVALID: exitCodes.usage,
  DEADLINE_EXCEEDED: exitCodes.unavailable,
  STORE_MISSING: exitCodes.unavailable,
  STORE_LOST: exitCodes.unavailable,
  TRANSPORT_UNAVAILABLE: exitCodes.unavailable,
  TRANSPORT_REFUSED: exitCodes.unavailable,
  RUNTIME_UNAVAILABLE: exitCodes.unavailable,
  NODE_NAME_TAKEN: exitCodes.taken,
};

function hintsFor(code: ErrorCode): readonly string[] {
  if (code === 'STORE_MISSING')
    return ['Start `moor controllers --install` once: it makes the bucket of the cluster.'];
  return [];
}

/** The code of an error of Mooring, whichever copy of core made it. */
function codeOf(error: unknown): ErrorCode | undefined {
  if (!(error instanceof Error) || error.name !== 'MooringError' || !('code' in error)) return undefined;
  return error.code as ErrorCode;
}
