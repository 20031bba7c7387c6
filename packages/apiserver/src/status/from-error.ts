/** From what the framework throws to what a client is told. */

import { type ErrorCode, errorMessage, MooringError } from '@mooring/core';
import { type ResourceName, type StatusDetails, StatusError, type StatusReason } from './status-error.ts';

const reasons: Readonly<Partial<Record<ErrorCode, StatusReason>>> = {
  ALREADY_EXISTS: 'AlreadyExists',
  CONFLICT: 'Conflict',
  NOT_FOUND: 'NotFound',
  FORBIDDEN: 'Forbidden',
  INVALID: 'Invalid',
  DEADLINE_EXCEEDED: 'Timeout',
  OUTCOME_UNKNOWN: 'Timeout',
  ABORTED: 'Timeout',
  STORE_EXPIRED: 'Expired',
  VALUE_TOO_LARGE: 'RequestEntityTooLarge',
  STORE_CLOSED: 'ServiceUnavailable',
  STORE_MISSING: 'ServiceUnavailable',
  STORE_LOST: 'ServiceUnavailable',
  STORE_FULL: 'ServiceUnavailable',
  BUS_CLOSED: 'ServiceUnavailable',
  TRANSPORT_UNAVAILABLE: 'ServiceUnavailable',
  TRANSPORT_REFUSED: 'ServiceUnavailable',
  NO_RESPONDERS: 'ServiceUnavailable',
  NO_SUCH_ACTOR: 'NotFound',
  RUNTIME_UNAVAILABLE: 'ServiceUnavailable',
};

/** What the request was about, as far as it is known. */
export interface ErrorSubject extends Partial<ResourceName> {
  readonly kind?: string | undefined;
}

/** Gives back a `StatusError` as it is. What is not foreseen is an internal error. */
export function statusFrom(error: unknown, subject: ErrorSubject = {}): StatusError {
  if (error instanceof StatusError) return error;
  const reason = isMooringError(error) ? reasons[error.code] : undefined;
  if (!isMooringError(error) || reason === undefined) {
    const message = errorMessage(error);
    return new StatusError(
      'InternalError',
      `Internal error occurred: ${message}`,
      { causes: [{ message }] },
      error,
    );
  }
  if (reason === 'Invalid') return invalidStatus(error, subject);
  return new StatusError(reason, error.message, detailsOf(error, subject), error);
}

/** Recognised by its shape: two copies of core may be loaded. */
function isMooringError(error: unknown): error is MooringError {
  return error instanceof MooringError || (error instanceof Error && error.name === 'MooringError');
}

function invalidStatus(error: MooringError, subject: ErrorSubject): StatusError {
  const { fields } = error;
  // Without fields it is the request that is wrong, not a field of its object.
  if (fields === undefined || fields.length === 0)
    return new StatusError('BadRequest', error.message, undefined, error);
  const { group = '', kind = '', name = '' } = subject;
  const described = group === '' ? kind : `${kind}.${group}`;
  const lines = [
    ...new Set(fields.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`))),
  ];
  const list = lines.length > 1 ? `[${lines.join(', ')}]` : lines[0];
  const message = kind === '' ? error.message : `${described} ${JSON.stringify(name)} is invalid: ${list}`;
  const causes = fields.map(({ field, type, message: words }) => ({
    reason: type,
    message: words,
    ...(field !== '' && { field }),
  }));
  const details = { name, ...(group !== '' && { group }), kind, causes };
  return new StatusError('Invalid', message, details, error);
}

function detailsOf(error: MooringError, { group = '', resource, name }: ErrorSubject): StatusDetails {
  const causes = error.fields?.map(({ field, type, message }) => ({ reason: type, message, field }));
  return {
    ...(name !== undefined && { name }),
    ...(group !== '' && { group }),
    ...(resource !== undefined && { kind: resource }),
    ...(causes !== undefined && causes.length > 0 && { causes }),
  };
}
