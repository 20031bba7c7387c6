/** A prober that binds its settings as the contract says, or throws: plugins may be written without types, and be wrong. */

import type { FieldError, Parsed } from '../api/field-error.ts';
import type { ProbeAttempt, Prober } from '../contract/prober.ts';
import { refusePromise } from '../engine/later-failure.ts';

export function checkedProber(prober: Prober): Prober {
  const { handler, network } = prober;
  return {
    apiVersion: 'prober/v1',
    handler,
    ...(network === true && { network }),
    compile(raw, path) {
      const parsed: unknown = prober.compile(raw, path);
      refusePromise(parsed, 'compile');
      if (isParsed(parsed)) return parsed;
      throw new TypeError(
        `compile at ${path} gave neither an attempt nor mistakes that have field, type and message`,
      );
    },
  };
}

function isParsed(value: unknown): value is Parsed<ProbeAttempt> {
  if (typeof value !== 'object' || value === null) return false;
  const { ok, value: attempt, errors } = value as Partial<Record<'ok' | 'value' | 'errors', unknown>>;
  return ok === true
    ? typeof attempt === 'function'
    : ok === false && Array.isArray(errors) && errors.every(isFieldError);
}

/** A mistake without its field and its words could not be told to anybody. */
export function isFieldError(value: unknown): value is FieldError {
  if (typeof value !== 'object' || value === null) return false;
  const { field, type, message } = value as Partial<Record<keyof FieldError, unknown>>;
  return [field, type, message].every((part) => typeof part === 'string');
}
