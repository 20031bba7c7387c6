import { expect, it } from 'vitest';
import { errorMessage, hasCode, MooringError } from '../../src/contract/error.ts';

const fail = () => {
  throw new Error('looked at');
};
/** Throws whatever is done with it. */
const poison: unknown = new Proxy({}, { get: fail, has: fail, getPrototypeOf: fail });

it.each<[string, unknown, boolean]>([
  ['an error of ours', new MooringError('CONFLICT', 'x'), true],
  ['one of another copy of core', { code: 'CONFLICT' }, true],
  ['one with another code', new MooringError('NOT_FOUND', 'x'), false],
  ['nothing', undefined, false],
  ['what throws when it is looked at', poison, false],
])('%s has the code or not', (_, error, has) => {
  expect(hasCode(error, 'CONFLICT')).toBe(has);
});

it('whatever was thrown has words', () => {
  const nameless: unknown = Object.create(null);
  expect([new Error('oops'), 'oops', undefined, poison, nameless].map(errorMessage)).toEqual([
    ...['oops', 'oops', 'undefined', 'an error without words', 'an error without words'],
  ]);
});
