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
  const system = systemHint(error);
  if (system !== undefined)
    return { lines: [`moor: ${errorMessage(error)}`, system], exitCode: exitCodes.unavailable };
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

/** What the host has run out of. */
const systemHints: Readonly<Record<string, string>> = {
  EMFILE:
    'This process may not open more files: raise the limit, `ulimit -n 4096` or LimitNOFILE= of its service.',
  ENFILE: 'This host has no more files to open: raise the limit, `sysctl fs.file-max`.',
  ENOSPC: 'The disk is full: make room, and try again.',
  EDQUOT: 'The disk quota is used up: make room, and try again.',
  ENOMEM: 'This host has no memory left: make room, and try again.',
};

function systemHint(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined;
  return systemHints[String(error.code)];
}

/** The code of an error of Mooring, whichever copy of core made it. */
function codeOf(error: unknown): ErrorCode | undefined {
  if (!(error instanceof Error) || error.name !== 'MooringError' || !('code' in error)) return undefined;
  return error.code as ErrorCode;
}
