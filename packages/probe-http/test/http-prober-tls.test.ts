import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { FieldPath, type ProbeResult } from '@mooring/core';
import { fakeTarget } from '@mooring/core/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { certificateOf } from '../../../conformance/servers/certificates.ts';
import { startHttpServer } from '../../../conformance/servers/http-server.ts';
import { httpProber } from '../src/index.ts';
import { closedPort, rawServer } from './support/raw-server.ts';

function probe(raw: object): Promise<ProbeResult> {
  const compiled = httpProber().compile(raw, new FieldPath('httpGet'));
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.errors));
  return compiled.value(fakeTarget(), new AbortController().signal);
}

const routes = { '/': { status: 200, body: 'fine' } };
const start = (certificate: string) =>
  startHttpServer({ listening: true, tls: { certificate }, routes }, (unchanged) => unchanged);

describe('TLS', () => {
  test.each(['self-signed', 'expired', 'other-host'])(
    'a certificate that is %s will do',
    async (certificate) => {
      await using server = await start(certificate);
      expect(await probe({ port: server.port, scheme: 'HTTPS' })).toEqual({
        outcome: 'success',
        message: 'fine',
      });
    },
  );

  test('a host name is told to the server, an address is not', async () => {
    await using server = await start('self-signed');
    const byName = await probe({ port: server.port, host: 'localhost', scheme: 'HTTPS' });
    expect(byName).toEqual({ outcome: 'success', message: 'fine' });
  });

  test('speaks HTTP/1.1 where HTTP/2 is offered', async () => {
    const seen: (string | false | null)[] = [];
    const server = createSecureServer(
      { ...certificateOf('self-signed'), allowHTTP1: true },
      (request, response) => {
        seen.push(request.httpVersion, (request.socket as TLSSocket).alpnProtocol);
        response.end('fine');
      },
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      expect(await probe({ port, scheme: 'HTTPS' })).toEqual({ outcome: 'success', message: 'fine' });
      expect(seen).toEqual(['1.1', 'http/1.1']);
    } finally {
      server.close();
    }
  });

  test('a server that speaks plain HTTP fails the handshake', async () => {
    await using server = await rawServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await probe({ port: server.port, scheme: 'HTTPS' })).toEqual({
      outcome: 'failure',
      message: `Get "https://127.0.0.1:${server.port}/": tls: first record does not look like a TLS handshake`,
    });
  });

  test('a plain probe of a TLS server fails', async () => {
    await using server = await start('self-signed');
    expect(await probe({ port: server.port })).toMatchObject({ outcome: 'failure' });
  });

  test('a server that leaves during the handshake is at its end', async () => {
    await using server = await rawServer((socket) => socket.destroy());
    expect(await probe({ port: server.port, scheme: 'HTTPS' })).toMatchObject({
      outcome: 'failure',
      message: expect.stringMatching(/: (EOF|read tcp .*: connection reset by peer)$/),
    });
  });
});

describe('proxies of the environment', () => {
  const names = ['http_proxy', 'HTTP_PROXY', 'NODE_USE_ENV_PROXY'];
  afterEach(() => {
    for (const name of names) delete process.env[name];
  });

  test('are not used', async () => {
    const port = await closedPort();
    process.env['http_proxy'] = `http://127.0.0.1:${port}`;
    process.env['HTTP_PROXY'] = `http://127.0.0.1:${port}`;
    process.env['NODE_USE_ENV_PROXY'] = '1';
    await using server = await rawServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'));
    expect(await probe({ port: server.port })).toMatchObject({ outcome: 'success' });
  });
});

test('each probe has a connection of its own, and closes it', async () => {
  await using server = await rawServer((socket) =>
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),
  );
  for (let i = 0; i < 3; i += 1) await probe({ port: server.port });
  expect(server.received).toHaveLength(3);
  await expect.poll(() => server.open()).toBe(0);
});
