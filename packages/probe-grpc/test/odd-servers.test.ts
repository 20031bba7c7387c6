import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { FieldPath, type ProbeResult } from '@mooring/core';
import { fakeTarget, TestClock } from '@mooring/core/testing';
import { describe, expect, test } from 'vitest';
import { freePort } from '../../../conformance/servers/http-server.ts';
import { grpcProber } from '../src/index.ts';

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

function probe(port: number, options = {}, signal = new AbortController().signal): Promise<ProbeResult> {
  const compiled = grpcProber(options).compile({ port }, new FieldPath('grpc'));
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
    {
      name: 'no status',
      answer: send(serving, {}),
      words: 'code = Unavailable desc = the server closed the stream without',
    },
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
    { name: 'no message', answer: send('', ok), words: 'code = Internal desc = the server sent no message' },
    { name: 'a compressed message', answer: send('01000000020801', ok), words: 'the message is compressed' },
    {
      name: 'a message cut short',
      answer: send('00000000030801', ok),
      words: 'the message has a wrong length',
    },
    {
      name: 'a message that is none',
      answer: send('00000000020880', ok),
      words: 'desc = truncated HealthCheckResponse',
    },
    {
      name: 'too long a message',
      answer: send('00'.repeat(70_000), ok),
      words: 'code = ResourceExhausted desc = received message larger',
    },
    {
      name: 'an HTTP error',
      answer: (stream) => stream.respond({ ':status': 503 }, { endStream: true }),
      words: 'code = Unavailable desc = unexpected HTTP status code received from server: 503',
    },
    {
      name: 'a reset stream',
      answer: (stream) => stream.close(2),
      words: 'code = Unavailable desc = Stream closed with error',
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

  test('a server that knows no gRPC at all', async () => {
    await using server = await serve((stream) => stream.respond({ ':status': 404 }, { endStream: true }));
    const { message } = await probe(server.port);
    expect(message).toMatch(/^error: this server does not implement the grpc health protocol/);
  });
});

test('a server that comes up within the time limit is still found', async () => {
  const clock = new TestClock();
  const port = await freePort();
  const attempt = probe(port, { clock });
  await expect.poll(() => clock.pending).toBe(1);
  await using server = await serve(send(serving, ok), port);
  await clock.advanceBy(1000);
  expect(await attempt).toMatchObject({ outcome: 'success' });
  expect(server.port).toBe(port);
});

test('no timer is left when the time limit ends the waiting', async () => {
  const clock = new TestClock();
  const controller = new AbortController();
  const attempt = probe(await freePort(), { clock }, controller.signal);
  await expect.poll(() => clock.pending).toBe(1);
  controller.abort(new Error('timeout'));
  expect(await attempt).toMatchObject({
    outcome: 'failure',
    message: expect.stringMatching(/^timeout: failed to connect/),
  });
  expect(clock.pending).toBe(0);
});
