/** Errors as messages carry them. */

import { type ErrorCode, errorCodes, errorMessage, MooringError } from '../contract/error.ts';

export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
}

export function toWireError(error: unknown): WireError {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return { code: isErrorCode(code) ? code : 'INVALID', message: errorMessage(error) };
}

export function fromWireError(raw: unknown): MooringError {
  const { code, message } = (typeof raw === 'object' && raw !== null ? raw : {}) as Partial<WireError>;
  return new MooringError(isErrorCode(code) ? code : 'INVALID', String(message));
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorCodes, code);
}
