import { describe, expect, test } from 'vitest';
import { formatURL } from '../../src/api/go-url.ts';
import { httpGetHeaders, httpGetURL } from '../../src/api/http-get-request.ts';

describe('httpGetURL', () => {
  test.each([
    { action: { path: '/' }, want: 'http://10.1.2.3:93/' },
    { action: { path: '' }, want: 'http://10.1.2.3:93' },
    { action: { scheme: 'HTTPS', host: 'web', path: '/x?y' }, want: 'https://web:93/x?y' },
    { action: { host: 'fd00::1', path: '/x' }, want: 'http://[fd00::1]:93/x' },
    { action: { path: 'healthz' }, want: 'http://10.1.2.3:93/healthz' },
    { action: { path: '/100%?x' }, want: 'http://10.1.2.3:93/100%25%3Fx' },
    { action: { path: '//elsewhere/x' }, want: 'http://10.1.2.3:93/x' },
  ])('$action asks for $want', ({ action, want }) => {
    const result = httpGetURL(action, '10.1.2.3', 93);
    expect(result.ok && formatURL(result.url)).toBe(want);
  });

  test('a host that cannot stand in a URL is named', () => {
    expect(httpGetURL({ host: 'a b', path: '/' }, '', 80)).toEqual({
      ok: false,
      problem: 'parse "http://a b:80/": invalid character " " in host name',
    });
  });
});

describe('httpGetHeaders', () => {
  const agent = ['User-Agent', 'kube-probe/1.36'];
  const accept = ['Accept', '*/*'];
  test.each([
    { name: 'has defaults', custom: [], host: undefined, headers: [agent, accept] },
    {
      name: 'keeps repeats in order',
      custom: [
        { name: 'x-a', value: '1' },
        { name: 'X-A', value: '2' },
      ],
      host: undefined,
      headers: [['X-A', '1'], ['X-A', '2'], agent, accept],
    },
    {
      name: 'drops an empty Accept',
      custom: [{ name: 'accept', value: '' }],
      host: undefined,
      headers: [agent],
    },
    {
      name: 'drops an empty User-Agent',
      custom: [{ name: 'user-agent', value: '' }],
      host: undefined,
      headers: [accept],
    },
    {
      name: 'takes the host apart',
      custom: [{ name: 'hOsT', value: 'web.local' }],
      host: 'web.local',
      headers: [agent, accept],
    },
    {
      name: 'leaves the framing to the client',
      custom: [{ name: 'Transfer-Encoding', value: 'chunked' }],
      host: undefined,
      headers: [agent, accept],
    },
  ])('$name', ({ custom, host, headers }) => {
    expect(httpGetHeaders(custom, 'kube-probe/1.36')).toEqual({ host, headers });
  });
});
