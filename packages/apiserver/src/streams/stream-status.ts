/** How a command ended, and what kept a stream from beginning, as the Kubernetes API tells it. */

import { type ErrorCode, errorMessage, hasCode } from '@mooring/core';
import { type StatusBody, StatusError } from '../status/status-error.ts';

/** What the client of a command is told last. */
export type CommandStatus = Pick<StatusBody, 'metadata' | 'status'> & Partial<StatusBody>;

export function exitStatus(exitCode: number): CommandStatus {
  if (exitCode === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    reason: 'NonZeroExitCode',
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  };
}

/** For what could not be begun, or broke off. */
export function failureStatus(error: unknown): CommandStatus {
  return {
    metadata: {},
    status: 'Failure',
    reason: 'InternalError',
    message: errorMessage(error),
    code: 500,
  };
}

const outOfReach: readonly ErrorCode[] = [
  'NO_SUCH_ACTOR',
  'STREAM_BROKEN',
  'DEADLINE_EXCEEDED',
  'RUNTIME_UNAVAILABLE',
];

/** Of a stream that has not begun: what the client asked for, or where it would have to come from, is wrong. */
export function openError(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  const message = errorMessage(error);
  if (hasCode(error, 'NOT_FOUND') || hasCode(error, 'INVALID'))
    return new StatusError('BadRequest', message, undefined, error);
  if (hasCode(error, 'RUNTIME_UNSUPPORTED'))
    return new StatusError('NotImplemented', message, undefined, error);
  if (outOfReach.some((code) => hasCode(error, code)))
    return new StatusError('ServiceUnavailable', message, undefined, error);
  return new StatusError('InternalError', `Internal error occurred: ${message}`, undefined, error);
}
