/**
 * Rules that many fields share, as sequences of errors: `yield*` them from a larger one. Those that every object is looked at by
 * are lists and no generators: nearly always they are the empty one.
 */

import { isIP } from 'node:net';
import { type FieldError, type FieldPath, invalid, notSupported, required } from './field-error.ts';
import { type Problems, portNumberProblems } from './names.ts';

export type FieldErrors = Iterable<FieldError>;

const none: readonly FieldError[] = [];
const protocols = ['SCTP', 'TCP', 'UDP'];

/** One error for each problem that `rule` finds. */
export function followsRule<Value>(
  path: FieldPath,
  value: Value,
  rule: (value: Value) => Problems,
): FieldErrors {
  const problems = rule(value);
  return problems.length === 0 ? none : problems.map((problem) => invalid(path, value, problem));
}

/** As `followsRule`, and it must not be empty. */
export function requiredName(
  path: FieldPath,
  value: string | undefined,
  rule: (value: string) => Problems,
): FieldErrors {
  return isEmpty(value) ? [required(path)] : followsRule(path, value, rule);
}

/** One of the words; a missing one is reported as required. */
export function oneOf(path: FieldPath, value: string | undefined, words: readonly string[]): FieldErrors {
  if (isEmpty(value)) return [required(path)];
  return words.includes(value) ? none : [notSupported(path, value, words)];
}

export function nonNegative(path: FieldPath, value: number | undefined): FieldErrors {
  if (value === undefined || value >= 0) return none;
  return [invalid(path, value, 'must be greater than or equal to 0')];
}

export function withinRange(path: FieldPath, value: number, min: number, max: number): FieldErrors {
  if (value >= min && value <= max) return none;
  return [invalid(path, value, `must be between ${min} and ${max}, inclusive`)];
}

export function portNumber(path: FieldPath, value: number): FieldErrors {
  return followsRule(path, value, portNumberProblems);
}

/** Takes a port with its default. */
export function portProtocol(path: FieldPath, value: string | undefined): FieldErrors {
  return oneOf(path, value, protocols);
}

export function ipAddress(path: FieldPath, value: string | undefined): FieldErrors {
  if (isIP(value ?? '') !== 0) return none;
  return [invalid(path, value ?? '', 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')];
}

/** Relative, and never upwards: `a/b`. */
export function* descendingPath(path: FieldPath, value: string): FieldErrors {
  if (value.startsWith('/')) yield invalid(path, value, 'must be a relative path');
  yield* withoutBacksteps(path, value);
}

export function* withoutBacksteps(path: FieldPath, value: string): FieldErrors {
  if (value.split('/').includes('..')) yield invalid(path, value, "must not contain '..'");
}

export function isEmpty(value: string | undefined): value is '' | undefined {
  return value === undefined || value === '';
}
