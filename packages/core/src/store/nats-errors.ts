/** What the errors of the client library mean for a write. */

import { type ApiError, ErrorCode, NatsError } from 'nats';
import { errorMessage, MooringError } from '../contract/error.ts';

/** Codes of JetStream's API (`err_code`). */
export const apiCodes = {
  noPeers: 10005,
  noLeader: 10008,
  noMessage: 10037,
  streamNameInUse: 10058,
  streamNotFound: 10059,
  wrongLastSequence: 10071,
  /** The same, of a write that came while another one to the key was being copied: it does not say which one is there. */
  wrongLastSequenceUnnamed: 10164,
  bytesMaxExceeded: 10077,
  messageTooLarge: 10054,
  insufficientResources: 10023,
} as const;

/** The code of JetStream's own error; `undefined` for every other error. */
export function apiErrorCode(error: unknown): number | undefined {
  const { api_error: answer } = error as { readonly api_error?: { readonly err_code?: unknown } };
  return typeof answer?.err_code === 'number' ? answer.err_code : undefined;
}

/** The key is not at the revision that the write expected. */
export function isWrongSequence(error: unknown): boolean {
  const code = apiErrorCode(error);
  return code === apiCodes.wrongLastSequence || code === apiCodes.wrongLastSequenceUnnamed;
}

/** As the client throws what JetStream answers instead of an acknowledgement. */
export function apiErrorOf(answer: Partial<ApiError>): NatsError {
  const { code = 0, err_code = 0, description = '' } = answer;
  const error = new NatsError(description, String(code));
  error.api_error = { code, err_code, description };
  return error;
}

/** Surely nothing was written, and trying again would not help. */
export function isFinal(error: unknown): boolean {
  const code = apiErrorCode(error);
  if (code !== undefined) return finalApiCodes.has(code);
  return finalCodes.has(String((error as { readonly code?: unknown }).code));
}

/** The servers answer nobody, or say that they have no leader or are not all there: it may be a matter of seconds. */
export function isLeaderless(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  const answer = apiErrorCode(error);
  return code === ErrorCode.Timeout || answer === apiCodes.noLeader || answer === apiCodes.noPeers;
}

/** What the client says only by a number is said in words. */
export function troubleWords(error: unknown): string {
  const { code } = error as { readonly code?: unknown };
  if (code !== ErrorCode.NoResponders) return errorMessage(error);
  return 'nobody answers for JetStream (503): it does not run there, or the stream is gone or has no leader';
}

/** The servers do not let this user do that. */
export function isForbidden(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return code === ErrorCode.PermissionsViolation;
}

export function isFull(error: unknown): boolean {
  const code = apiErrorCode(error);
  return code === apiCodes.bytesMaxExceeded || code === apiCodes.insufficientResources;
}

export function isTooLarge(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return apiErrorCode(error) === apiCodes.messageTooLarge || code === ErrorCode.MaxPayloadExceeded;
}

const finalApiCodes: ReadonlySet<number> = new Set([
  apiCodes.bytesMaxExceeded,
  apiCodes.insufficientResources,
  apiCodes.messageTooLarge,
]);

const finalCodes: ReadonlySet<string> = new Set([
  ErrorCode.MaxPayloadExceeded,
  ErrorCode.PermissionsViolation,
]);

/** What is thrown when nothing can be had of JetStream. */
export function jetStreamUnavailable(error: unknown): MooringError {
  const words = `JetStream does not answer: ${troubleWords(error)}: nats-server has to run with JetStream (-js), and this user has to be allowed to use it`;
  return new MooringError('TRANSPORT_UNAVAILABLE', words, { cause: error });
}
