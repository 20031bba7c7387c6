import { describe, expect, it } from 'vitest';
import {
  duplicate,
  FieldPath,
  forbidden,
  formatFieldError,
  invalid,
  invalidObjectMessage,
  notFound,
  notSupported,
  required,
  tooLong,
  tooMany,
} from '../../src/api/field-error.ts';

const path = new FieldPath('spec').child('containers').index(0).child('resources', 'limits').key('cpu');

describe('an error line', () => {
  it.each([
    [required(path), 'Required value'],
    [required(path, 'why'), 'Required value: why'],
    [invalid(path, 'a"b', 'why'), 'Invalid value: "a\\"b": why'],
    [invalid(path, 0, 'why'), 'Invalid value: 0: why'],
    [invalid(path, { a: 1 }, 'why'), 'Invalid value: {"a":1}: why'],
    [invalid(path, null, 'why'), 'Invalid value: null: why'],
    [notSupported(path, 'x', ['A', 'B']), 'Unsupported value: "x": supported values: "A", "B"'],
    [duplicate(path, 'x'), 'Duplicate value: "x"'],
    [forbidden(path, 'why'), 'Forbidden: why'],
    [notFound(path, 'x'), 'Not found: "x"'],
    [tooLong(path, 5), 'Too long: may not be more than 5 bytes'],
    [tooMany(path, 21, 20), 'Too many: 21: must have at most 20 items'],
  ])('of %o names the path first', (error, want) => {
    expect(formatFieldError(error)).toBe(`spec.containers[0].resources.limits[cpu]: ${want}`);
  });

  it('cuts what is too long to be printed', () => {
    expect(invalid(path, 'x'.repeat(10_000), 'why').message).toBe(
      `Invalid value: "${'x'.repeat(512)}"...: why`,
    );
  });
});

describe('the answer about an object', () => {
  it('lists its mistakes, each once, in brackets when there are several', () => {
    const error = required(new FieldPath('a'));
    const other = required(new FieldPath('b'));
    expect(invalidObjectMessage('Pod', 'web', [error])).toBe('Pod "web" is invalid: a: Required value');
    expect(invalidObjectMessage('Pod', 'web', [error, other, error])).toBe(
      'Pod "web" is invalid: [a: Required value, b: Required value]',
    );
  });
});
