import type { ProbeResult } from '@mooring/core';
import { FieldPath } from '@mooring/core';
import { fakeTarget } from '@mooring/core/testing';
import { describe, expect, test } from 'vitest';
import { type HttpProberOptions, httpProbe, httpProber } from '../src/index.ts';
import { closedPort, rawServer } from './support/raw-server.ts';

interface ProbeOptions extends HttpProberOptions {
  readonly signal?: AbortSignal;
}

function probe(raw: object, { signal, ...options }: ProbeOptions = {}): Promise<ProbeResult> {
  const compiled = httpProber(options).compile(raw, new FieldPath('httpGet'));
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.errors));
  return compiled.value(fakeTarget(), signal ?? new AbortController().signal);
}

/** One answer to every request, written as it stands. */
async function probeAnswer(
  answer: string,
  raw: object = {},
): Promise<ProbeResult & { readonly sent: string }> {
  await using server = await rawServer((socket) => socket.end(answer));
  const result = await probe({ port: server.port, ...raw });
  return { ...result, sent: server.received[0] ?? '' };
}

const crlf = (text: string) => text.replaceAll('\n', '\r\n');

describe('answers that a strict client would not take', () => {
  test.each([
    { name: 'bare line feeds', answer: 'HTTP/1.1 200 OK\n\nfine' },
    { name: 'no reason phrase', answer: crlf('HTTP/1.1 200\n\nfine') },
    { name: 'HTTP/1.0 without a length', answer: crlf('HTTP/1.0 200 OK\n\nfine') },
    {
      name: 'a length and chunks',
      answer: crlf('HTTP/1.1 200 OK\nContent-Length: 9\nTransfer-Encoding: chunked\n\n4\nfine\n0\n\n'),
    },
    {
      name: 'interim answers first',
      answer: crlf('HTTP/1.1 100 Continue\n\nHTTP/1.1 103 Early Hints\nLink: x\n\nHTTP/1.1 200 OK\n\nfine'),
    },
    {
      name: 'bytes after the end',
      answer: crlf('HTTP/1.1 200 OK\nContent-Length: 4\n\nfineHTTP/1.1 500 No\n\n'),
    },
  ])('$name', async ({ answer }) => {
    expect(await probeAnswer(answer)).toMatchObject({ outcome: 'success', message: 'fine' });
  });

  test('a reply that comes in single bytes', async () => {
    const bytes = [...crlf('HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n2\nfi\n2\nne\n0\n\n')];
    await using server = await rawServer((socket) => {
      socket.setNoDelay(true);
      const next = () => {
        const byte = bytes.shift();
        if (byte !== undefined) socket.write(byte, () => setImmediate(next));
      };
      next();
    });
    expect(await probe({ port: server.port })).toEqual({ outcome: 'success', message: 'fine' });
  });
});

describe('what no answer says', () => {
  test.each([
    { name: 'closes without a word', answer: '', words: 'EOF' },
    {
      name: 'speaks another protocol',
      answer: 'SSH-2.0-OpenSSH_9.2\r\n',
      words: 'malformed HTTP response "SSH-2.0-OpenSSH_9.2"',
    },
    {
      name: 'has no number for a status',
      answer: 'HTTP/1.1 -1 nope\r\n\r\n',
      words: 'malformed HTTP status code "-1"',
    },
  ])('a server that $name', async ({ answer, words }) => {
    await using server = await rawServer((socket) => socket.end(answer));
    expect(await probe({ port: server.port })).toEqual({
      outcome: 'failure',
      message: `Get "http://127.0.0.1:${server.port}/": ${words}`,
    });
  });

  test('a server that resets the connection', async () => {
    await using server = await rawServer((socket) => socket.resetAndDestroy());
    const address = `127.0.0.1:${server.port}`;
    expect(await probe({ port: server.port })).toEqual({
      outcome: 'failure',
      message: `Get "http://${address}/": read tcp ${address}: read: connection reset by peer`,
    });
  });

  test('nobody listens', async () => {
    const port = await closedPort();
    expect(await probe({ port, path: '/healthz?full=1' })).toEqual({
      outcome: 'failure',
      message: `Get "http://127.0.0.1:${port}/healthz?full=1": dial tcp 127.0.0.1:${port}: connect: connection refused`,
    });
  });

  test('a host that does not exist', async () => {
    expect(await probe({ port: 80, host: 'no-such-host.invalid' })).toMatchObject({
      outcome: 'failure',
      message: expect.stringMatching(
        /^Get "http:\/\/no-such-host\.invalid:80\/": dial tcp: lookup no-such-host\.invalid: /,
      ),
    });
  });

  test('an answer that does not come in time', async () => {
    await using server = await rawServer(() => {});
    const controller = new AbortController();
    const attempt = probe({ port: server.port }, { signal: controller.signal });
    await server.connections(1);
    controller.abort(new Error('timeout'));
    expect(await attempt).toEqual({
      outcome: 'failure',
      message: `Get "http://127.0.0.1:${server.port}/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
    });
  });

  test('a head without end', async () => {
    await using server = await rawServer((socket) => {
      const more = () => socket.write(`X-Filler: ${'x'.repeat(65_536)}\r\n`, (error) => error ?? more());
      socket.write('HTTP/1.1 200 OK\r\n', more);
    });
    expect(await probe({ port: server.port })).toMatchObject({
      outcome: 'failure',
      message: expect.stringContaining('server response headers exceeded 10485760 bytes'),
    });
  });

  test('a header that cannot be sent', async () => {
    const httpHeaders = [{ name: 'X-Bad', value: 'a\r\nb' }];
    expect(await probe({ port: 1, httpHeaders })).toEqual({
      outcome: 'failure',
      message: 'Get "http://127.0.0.1:1/": net/http: invalid header field value',
    });
  });
});

describe('bodies', () => {
  test('are cut after 10 KiB, whatever comes behind', async () => {
    await using server = await rawServer((socket) =>
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n${'x'.repeat(10_240)}`),
    );
    expect(await probe({ port: server.port })).toEqual({ outcome: 'success', message: 'x'.repeat(10_240) });
  });

  test.each([
    { name: 'breaks off', answer: 'HTTP/1.1 200 OK\nContent-Length: 9\n\nfine' },
    { name: 'breaks off between chunks', answer: 'HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n4\nfine\n' },
    { name: 'has a chunk of no size', answer: 'HTTP/1.1 500 No\nTransfer-Encoding: chunked\n\nzzz\nfine\n' },
  ])('the attempt is void when the body $name', async ({ answer }) => {
    await expect(probeAnswer(crlf(answer))).rejects.toThrow('unexpected EOF');
  });

  test('the attempt is void when the body stalls', async () => {
    const controller = new AbortController();
    await using server = await rawServer((socket) =>
      socket.write(crlf('HTTP/1.1 500 No\nContent-Length: 9\n\nfine'), async () => {
        // The kernel has the head now; both ends live in this process, so the next turns of its loop read it.
        for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        controller.abort(new Error('timeout'));
      }),
    );
    const attempt = probe({ port: server.port }, { signal: controller.signal });
    await expect(attempt).rejects.toThrow('while reading body');
  });

  test('a protocol switch is a bad status, and its connection is closed', async () => {
    await using server = await rawServer((socket) =>
      socket.write(crlf('HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\n\n')),
    );
    expect(await probe({ port: server.port })).toEqual({
      outcome: 'failure',
      message: 'HTTP probe failed with statuscode: 101',
    });
    await expect.poll(() => server.open()).toBe(0);
  });
});

describe('requests', () => {
  const ok = 'HTTP/1.1 200 OK\r\n\r\n';

  test('say what the kubelet says, and no more', async () => {
    const { sent } = await probeAnswer(ok);
    const port = /:(\d+)/.exec(sent)?.[1];
    expect(sent).toBe(
      crlf(
        `GET / HTTP/1.1\nHost: 127.0.0.1:${port}\nUser-Agent: kube-probe/1.36\nAccept: */*\nConnection: close\n\n`,
      ),
    );
  });

  test.each([
    {
      name: 'repeat headers',
      raw: {
        httpHeaders: [
          { name: 'x-a', value: '1' },
          { name: 'X-A', value: '2' },
        ],
      },
      has: 'X-A: 1\r\nX-A: 2\r\n',
    },
    {
      name: 'send UTF-8 as it is',
      raw: { httpHeaders: [{ name: 'X-A', value: 'grün' }] },
      has: 'X-A: grün\r\n',
    },
    {
      name: 'name the host that the user wants',
      raw: { httpHeaders: [{ name: 'host', value: 'web.local' }] },
      has: 'Host: web.local\r\n',
    },
    { name: 'encode the path', raw: { path: '/grün und blau' }, has: 'GET /gr%C3%BCn%20und%20blau HTTP/1.1' },
    { name: 'take a broken path literally', raw: { path: '/100%?' }, has: 'GET /100%25%3F HTTP/1.1' },
    { name: 'keep a query as it is', raw: { path: '/a?b=ü&c=%zz' }, has: 'GET /a?b=ü&c=%zz HTTP/1.1' },
    { name: 'encode blanks in a query', raw: { path: '/a?b=c d' }, has: 'GET /a?b=c%20d HTTP/1.1' },
    {
      name: 'ask once for the end of the connection',
      raw: { httpHeaders: [{ name: 'Connection', value: 'close' }] },
      has: 'Accept: */*\r\n\r\n',
    },
    {
      name: 'leave a wanted upgrade alone',
      raw: {
        httpHeaders: [
          { name: 'Connection', value: 'Upgrade' },
          { name: 'Upgrade', value: 'x' },
        ],
      },
      has: 'Upgrade: x\r\nUser-Agent: kube-probe/1.36\r\nAccept: */*\r\n\r\n',
    },
  ])('$name', async ({ raw, has }) => {
    expect((await probeAnswer(ok, raw)).sent).toContain(has);
  });

  test("an agent of one's own can be named for all probes", async () => {
    await using server = await rawServer((socket) => socket.end(ok));
    await probe({ port: server.port }, { userAgent: 'my-agent/2' });
    expect(server.received[0]).toContain('User-Agent: my-agent/2\r\n');
  });
});

describe('redirects', () => {
  const to = (location: string) => crlf(`HTTP/1.1 302 Found\nLocation: ${location}\n\n`);
  const target = (request: string) => request.split(' ')[1] ?? '';

  test('carry the headers and the page they come from', async () => {
    await using server = await rawServer((socket, request) =>
      socket.end(target(request) === '/a' ? to('/b') : 'HTTP/1.1 200 OK\r\n\r\n'),
    );
    const httpHeaders = [
      { name: 'Authorization', value: 'x' },
      { name: 'Host', value: 'web.local' },
    ];
    await probe({ port: server.port, path: '/a', httpHeaders });
    expect(server.received[1]).toContain('Host: web.local\r\n');
    expect(server.received[1]).toContain('Authorization: x\r\n');
    expect(server.received[1]).toContain(`Referer: http://127.0.0.1:${server.port}/a\r\n`);
  });

  test('take no secrets to another host', async () => {
    await using server = await rawServer((socket, request) =>
      socket.end(
        target(request) === '/a' ? to(`http://localhost:${server.port}/b`) : 'HTTP/1.1 200 OK\r\n\r\n',
      ),
    );
    const httpHeaders = [
      { name: 'Authorization', value: 'x' },
      { name: 'X-Plain', value: 'y' },
    ];
    await probe({ port: server.port, path: '/a', httpHeaders }, { followNonLocalRedirects: true });
    expect(server.received[1]).toContain('X-Plain: y\r\n');
    expect(server.received[1]).not.toContain('Authorization');
  });

  test('end after ten requests', async () => {
    await using server = await rawServer((socket) => socket.end(to('/again')));
    expect(await probe({ port: server.port })).toEqual({
      outcome: 'failure',
      message: 'Get "/again": stopped after 10 redirects',
    });
    expect(server.received).toHaveLength(10);
  });

  test('to nowhere are a failure', async () => {
    await using server = await rawServer((socket) => socket.end(to('http://[::1')));
    expect(await probe({ port: server.port })).toEqual({
      outcome: 'failure',
      message: `Get "http://127.0.0.1:${server.port}/": failed to parse Location header "http://[::1": parse "http://[::1": missing ']' in host`,
    });
  });
});

test('a host that cannot stand in a URL makes the attempt void', async () => {
  await expect(probe({ port: 80, host: 'a b' })).rejects.toThrow('invalid character " " in host name');
});

test('an option that there is not is refused where the plugin is made', () => {
  const typo = { useragent: 'x', followNonLocalRedirects: 'yes' } as never;
  expect(() => httpProbe(typo)).toThrow(
    expect.objectContaining({
      code: 'INVALID',
      message: expect.stringMatching(
        /followNonLocalRedirects: .*useragent: .*\(did you mean "userAgent"\?\)/,
      ),
    }),
  );
});
