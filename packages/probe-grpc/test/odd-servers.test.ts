import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { FieldPath, type ProbeResult } from '@mooring/core';
import { fakeTarget } from '@mooring/core/testing';
import { describe, expect, test } from 'vitest';
import { freePort } from '../../../conformance/servers/http-server.ts';
import { grpcProber } from '../src/index.ts';
import { watchSockets } from './mute-servers.ts';

interface OddServer extends AsyncDisposable {
  readonly port: number;
  sessions(): number;
}

async function serve(answer: (stream: ServerHttp2Stream) => void, port = 0): Promise<OddServer> {
  const sessions = new Set<ServerHttp2Session>();
  const server: Http2Server = createServer();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
  });
  server.on('stream', (stream) => {
    stream.on('error', () => stream.destroy());
    stream.resume();
    answer(stream);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    sessions: () => sessions.size,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function probe(port: number, signal = new AbortController().signal): Promise<ProbeResult> {
  const compiled = grpcProber().compile({ port }, new FieldPath('grpc'));
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.errors));
  return compiled.value(fakeTarget(), signal);
}

/** 200, the bytes, and the trailers. */
function send(body: string, trailers: Record<string, string>) {
  return (stream: ServerHttp2Stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    stream.end(Buffer.from(body, 'hex'));
  };
}

const serving = '00000000020801';
const ok = { 'grpc-status': '0' };

test('a hand-made answer is understood', async () => {
  await using server = await serve(send(serving, ok));
  expect(await probe(server.port)).toEqual({ outcome: 'success', message: 'service healthy' });
  await expect.poll(() => server.sessions()).toBe(0);
});

describe('what is wrong with an answer is said', () => {
  const cases: readonly { name: string; answer: (stream: ServerHttp2Stream) => void; words: string }[] = [
    { name: 'no status', answer: send(serving, {}), words: 'code = Internal desc = ' },
    {
      name: 'a status that is no number',
      answer: send(serving, { 'grpc-status': 'OK' }),
      words: 'code = Unknown desc = ',
    },
    {
      name: 'a status without a name',
      answer: send('', { 'grpc-status': '99' }),
      words: 'code = Code(99) desc = ',
    },
    {
      name: 'an error in words',
      answer: send('', { 'grpc-status': '13', 'grpc-message': 'gr%C3%BCn 100%25' }),
      words: 'code = Internal desc = grün 100%',
    },
    {
      name: 'an error in badly encoded words',
      answer: send('', { 'grpc-status': '13', 'grpc-message': '100%' }),
      words: 'code = Internal desc = 100%',
    },
    {
      name: 'a compressed message that does not say how',
      answer: send('01000000020801', ok),
      words: 'code = Unknown desc = ',
    },
    {
      name: 'a message that is none',
      answer: send('00000000020880', ok),
      words: 'code = Internal desc = Response message parsing error: truncated HealthCheckResponse',
    },
    {
      name: 'too long a message',
      answer: send(`0000011170${'00'.repeat(70_000)}`, ok),
      words: 'code = ResourceExhausted desc = Received message larger than max',
    },
    {
      name: 'an HTTP error',
      answer: (stream) => stream.respond({ ':status': 503 }, { endStream: true }),
      words: 'code = Unavailable desc = Received HTTP status code 503',
    },
    {
      name: 'a reset stream',
      answer: (stream) => stream.close(2),
      words: 'code = Internal desc = Received RST_STREAM with code 2',
    },
    {
      name: 'a lost connection',
      answer: (stream) => stream.session?.destroy(),
      words: 'code = Unavailable desc = ',
    },
  ];
  test.each(cases)('$name', async ({ answer, words }) => {
    await using server = await serve(answer);
    const { outcome, message } = await probe(server.port);
    expect([outcome, message]).toEqual(['failure', expect.stringContaining(words)]);
    expect(message).toMatch(/^error: health rpc probe failed: rpc error: /);
    await expect.poll(() => server.sessions()).toBe(0);
  });

  test.each([
    {
      name: 'knows no gRPC at all',
      answer: (stream: ServerHttp2Stream) => stream.respond({ ':status': 404 }, { endStream: true }),
    },
    { name: 'sends no message', answer: send('', ok) },
    { name: 'cuts its message short', answer: send('00000000030801', ok) },
  ])('a server that $name does not implement the protocol', async ({ answer }) => {
    await using server = await serve(answer);
    const { outcome, message } = await probe(server.port);
    expect([outcome, message]).toEqual([
      'failure',
      expect.stringMatching(/^error: this server does not implement the grpc health protocol/),
    ]);
  });
});

test('an endless answer ends with the time limit', async () => {
  await using server = await serve((stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    const chunk = Buffer.from(serving.repeat(1000), 'hex');
    const more = (error?: Error | null) => error || stream.write(chunk, more);
    more();
  });
  const controller = new AbortController();
  const attempt = probe(server.port, controller.signal);
  await expect.poll(() => server.sessions()).toBe(1);
  controller.abort(new Error('timeout'));
  expect(await attempt).toMatchObject({ outcome: 'failure', message: expect.stringMatching(/^timeout: /) });
  await expect.poll(() => server.sessions()).toBe(0);
});

test('a server that comes up within the time limit is still found', async () => {
  const port = await freePort();
  using watched = watchSockets();
  const attempt = probe(port);
  await expect.poll(() => watched.sockets[0]?.destroyed).toBe(true);
  await using server = await serve(send(serving, ok), port);
  expect(await attempt).toMatchObject({ outcome: 'success' });
  expect(server.port).toBe(port);
});
