/** What an option may be: the bricks from which the rules of all options are made. */

import {
  type FieldError,
  type FieldPath,
  invalid,
  notSupported,
  required,
  typeInvalid,
} from '../api/field-error.ts';
import { didYouMean } from '../api/nearest.ts';

type Errors = Iterable<FieldError>;
export type Rule = (value: unknown, path: FieldPath) => Errors;
export interface OptionRule {
  readonly rule: Rule;
  readonly isRequired?: boolean;
}
/** Each option has to have a rule: the compiler says which one was forgotten. */
export type Rules<Options> = Readonly<Record<keyof Options, OptionRule>>;

export const text: Rule = (value, path) => {
  if (typeof value !== 'string') return [typeInvalid(path, shown(value), 'a string')];
  return value === '' ? [invalid(path, value, 'must not be empty')] : [];
};

export const positive: Rule = (value, path) => {
  if (typeof value !== 'number') return [typeInvalid(path, shown(value), 'a number')];
  return Number.isFinite(value) && value > 0
    ? []
    : [invalid(path, value, 'must be finite and greater than 0')];
};

export const atLeastZero: Rule = (value, path) => {
  if (typeof value !== 'number') return [typeInvalid(path, shown(value), 'a number')];
  return Number.isFinite(value) && value >= 0
    ? []
    : [invalid(path, value, 'must be finite and greater than or equal to 0')];
};

export const percentage: Rule = function* (value, path) {
  yield* positive(value, path);
  if (typeof value === 'number' && value > 100) yield invalid(path, value, 'must be at most 100');
};

/** One of these words. */
export const oneOf =
  (words: readonly string[]): Rule =>
  (value, path) =>
    words.includes(value as string) ? [] : [notSupported(path, shown(value), words)];

export const array: Rule = (value, path) =>
  Array.isArray(value) ? [] : [typeInvalid(path, shown(value), 'an array')];

/** A part that somebody else has made; what it can do is its own affair. */
const part: Rule = (value, path) => (isRecord(value) ? [] : [typeInvalid(path, shown(value), 'an object')]);

/** The same where calls are made of it: the logger of a program may be none of ours, as `console`, which has no `child`. */
export const partWith =
  (...calls: readonly string[]): Rule =>
  (value, path) => {
    if (!isRecord(value)) return part(value, path);
    const missing = calls.filter((name) => typeof value[name] !== 'function');
    return missing.length === 0
      ? []
      : [invalid(path, shown(value), `must have the methods ${missing.join(', ')}`)];
  };

export const callable: Rule = (value, path) =>
  typeof value === 'function' ? [] : [typeInvalid(path, shown(value), 'a function')];

/** An object of known options, as with values that are `undefined` as with ones that are not there. */
export function shape<Options>(rules: Rules<Options>): Rule {
  const known = new Map(Object.entries<OptionRule>(rules));
  return function* (value, path) {
    if (!isRecord(value) || Array.isArray(value)) {
      yield typeInvalid(path, shown(value), 'an object');
      return;
    }
    for (const [name, { rule, isRequired }] of known) {
      const option = value[name];
      if (option !== undefined) yield* rule(option, path.child(name));
      else if (isRequired) yield required(path.child(name));
    }
    for (const name of Object.keys(value)) {
      if (known.has(name)) continue;
      const message = `unknown option${didYouMean(name, known.keys())}`;
      yield { field: String(path.child(name)), type: 'FieldValueForbidden', message };
    }
  };
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** In a message: whatever JSON would refuse (functions, cycles, big integers) or say at length, by its type. */
export function shown(value: unknown): unknown {
  return isRecord(value) || typeof value === 'function' || typeof value === 'symbol' ? typeof value : value;
}
