import { describe, expect, test } from 'vitest';
import { dialErrorWords, isDialError } from '../../src/api/dial-error.ts';

const socketError = (fields: object) => Object.assign(new Error('x'), fields);
const refused = { code: 'ECONNREFUSED', syscall: 'connect', address: '10.0.0.1', port: 80 };

describe('dialErrorWords', () => {
  test.each([
    { error: socketError(refused), words: 'dial tcp 10.0.0.1:80: connect: connection refused' },
    {
      error: socketError({ ...refused, code: 'EHOSTUNREACH' }),
      words: 'dial tcp 10.0.0.1:80: connect: no route to host',
    },
    {
      error: socketError({ ...refused, address: '::1' }),
      words: 'dial tcp [::1]:80: connect: connection refused',
    },
    { error: socketError({ ...refused, code: 'EXOTIC' }), words: 'dial tcp 10.0.0.1:80: connect: EXOTIC' },
    {
      error: socketError({ code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: 'web.local' }),
      words: 'dial tcp: lookup web.local: no such host',
    },
    {
      error: socketError({ code: 'EAI_AGAIN', syscall: 'getaddrinfo', hostname: 'web.local' }),
      words: 'dial tcp: lookup web.local: Temporary failure in name resolution',
    },
    { error: socketError({ code: 'ERR_SOCKET_BAD_PORT' }), words: 'dial tcp: address 99999: invalid port' },
    {
      error: new AggregateError([socketError({ ...refused, address: '::1' }), socketError(refused)]),
      words: 'dial tcp [::1]:80: connect: connection refused',
    },
    { error: new Error('other'), words: 'dial tcp web:99999: other' },
    { error: 'text', words: 'dial tcp web:99999: text' },
  ])('$words', ({ error, words }) => {
    expect(dialErrorWords(error, 'web:99999')).toBe(words);
  });
});

test.each([
  { error: socketError(refused), is: true },
  { error: new AggregateError([socketError(refused)]), is: true },
  { error: socketError({ code: 'ECONNRESET', syscall: 'read' }), is: false },
  { error: undefined, is: false },
])('an error of $error.syscall is a dial error: $is', ({ error, is }) => {
  expect(isDialError(error)).toBe(is);
});
