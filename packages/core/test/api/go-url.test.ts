import { describe, expect, test } from 'vitest';
import { formatURL, hostNameOf, joinHostPort, parseURL, portOf, resolveURL } from '../../src/api/go-url.ts';

function parsed(text: string) {
  const result = parseURL(text);
  if (!result.ok) throw new Error(result.problem);
  return result.url;
}

describe('parseURL', () => {
  test.each([
    { text: '/healthz', path: '/healthz', query: undefined },
    { text: '/healthz?full=1&x=%20y', path: '/healthz', query: 'full=1&x=%20y' },
    { text: '/healthz?', path: '/healthz', query: '' },
    { text: 'healthz', path: 'healthz', query: undefined },
    { text: '/with space', path: '/with%20space', query: undefined },
    { text: '/a%2Fb', path: '/a%2Fb', query: undefined },
    { text: '/grün', path: '/gr%C3%BCn', query: undefined },
    { text: "/it's[0]", path: "/it's[0]", query: undefined },
    { text: "/it's here", path: '/it%27s%20here', query: undefined },
    { text: '/a#part', path: '/a', query: undefined },
    { text: '//host/path', path: '/path', query: undefined },
    { text: 'http://user:secret@host:80/path?q', path: '/path', query: 'q' },
  ])('reads the path and query of $text', ({ text, path, query }) => {
    expect(parsed(text)).toMatchObject({ path, query });
  });

  test.each([
    { text: '/100%', problem: 'invalid URL escape "%"' },
    { text: '/%zz/x', problem: 'invalid URL escape "%zz"' },
    { text: '1:2', problem: 'first path segment in URL cannot contain colon' },
    { text: ':x', problem: 'missing protocol scheme' },
    { text: '/a\nb', problem: 'net/url: invalid control character in URL' },
    { text: 'http://a b/', problem: 'invalid character " " in host name' },
    { text: 'http://a:x/', problem: 'invalid port ":x" after host' },
    { text: 'http://[::1/', problem: "missing ']' in host" },
  ])('refuses $text', ({ text, problem }) => {
    expect(parseURL(text)).toEqual({ ok: false, problem });
  });
});

describe('formatURL', () => {
  test.each([
    'http://10.0.0.1:8080/',
    'http://localhost:93',
    'https://[fd00::1]:93/x?y=z#part',
    'mailto:someone',
    '/only/a/path?',
  ])('prints %s as it was', (text) => {
    expect(formatURL(parsed(text))).toBe(text);
  });

  test('never prints user names and passwords', () => {
    expect(formatURL(parsed('http://user:secret@host/x'))).toBe('http://host/x');
  });
});

describe('resolveURL', () => {
  test.each([
    { base: 'http://h:1/a/b?q', reference: '/new', want: 'http://h:1/new' },
    { base: 'http://h:1/a/b?q', reference: 'c', want: 'http://h:1/a/c' },
    { base: 'http://h:1/a/b?q', reference: '../c?x', want: 'http://h:1/c?x' },
    { base: 'http://h:1/a/b?q', reference: './', want: 'http://h:1/a/' },
    { base: 'http://h:1/a/b?q', reference: '?x=1', want: 'http://h:1/a/b?x=1' },
    { base: 'http://h:1/a/b?q', reference: '#f', want: 'http://h:1/a/b?q#f' },
    { base: 'http://h:1', reference: 'c', want: 'http://h:1/c' },
    { base: 'http://h:1/a', reference: '../../..', want: 'http://h:1/' },
    { base: 'https://h:1/a', reference: '//other/x', want: 'https://other/x' },
    { base: 'https://h:1/a', reference: 'http://h:2/x', want: 'http://h:2/x' },
  ])('$reference found at $base leads to $want', ({ base, reference, want }) => {
    const result = resolveURL(parsed(base), reference);
    expect(result.ok && formatURL(result.url)).toBe(want);
  });
});

test.each([
  { text: 'http://10.0.0.1:8080/', name: '10.0.0.1', port: 8080 },
  { text: 'http://[fd00::1]:93/', name: 'fd00::1', port: 93 },
  { text: 'https://web/', name: 'web', port: 443 },
  { text: 'http://web/', name: 'web', port: 80 },
])('the host name of $text is $name, its port $port', ({ text, name, port }) => {
  const url = parsed(text);
  expect([hostNameOf(url), portOf(url)]).toEqual([name, port]);
});

test('an IPv6 address is bracketed before its port', () => {
  expect([joinHostPort('fd00::1', 80), joinHostPort('10.0.0.1', 80)]).toEqual([
    '[fd00::1]:80',
    '10.0.0.1:80',
  ]);
});
