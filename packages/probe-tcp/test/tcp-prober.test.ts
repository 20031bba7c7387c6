import { type AddressInfo, createServer, type Socket } from 'node:net';
import { FieldPath, type ProbeResult } from '@mooring/core';
import {
  fakeTarget,
  type ProberConformanceContext,
  type ProbeScene,
  planConformance,
  proberConformance,
} from '@mooring/core/testing';
import { describe, expect, test } from 'vitest';
import { dialTCP } from '../src/dial-tcp.ts';
import { tcpProber } from '../src/index.ts';

interface Listener extends AsyncDisposable {
  readonly port: number;
  open(): number;
}

async function listen(onSocket: (socket: Socket) => void = () => {}): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    // Read, or the end of the other side goes unnoticed.
    socket.resume();
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    open: () => sockets.size,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function listening(port: (port: number) => number | string): Promise<ProbeScene> {
  const listener = await listen();
  return {
    raw: { port: port(listener.port) },
    target: fakeTarget({ ports: [{ name: 'redis', containerPort: listener.port }] }),
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  };
}

async function closedPort(): Promise<number> {
  const listener = await listen();
  await listener[Symbol.asyncDispose]();
  return listener.port;
}

async function refused(): Promise<ProbeScene> {
  return {
    raw: { port: await closedPort() },
    target: fakeTarget(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

const context: ProberConformanceContext = {
  prober: tcpProber,
  healthy: () => listening((port) => port),
  unhealthy: refused,
  refused,
  namedPort: () => listening(() => 'redis'),
  // A connection takes at least one turn of the event loop, so an abort within the same turn comes first.
  silent: () => listening((port) => port),
  impossible: async () => ({ ...(await refused()), raw: { port: 'no-such-port' } }),
  bad: [
    { raw: null, field: '' },
    { raw: {}, field: 'port' },
    { raw: { port: -1 }, field: 'port' },
    { raw: { port: 'a--b' }, field: 'port' },
    { raw: { port: 80, host: 7 }, field: 'host' },
  ],
};

describe('tcpSocket', () => {
  for (const c of planConformance(proberConformance, context))
    test.skipIf(c.skipReason)(c.name, () => c.run());
});

function probe(raw: object): Promise<ProbeResult> {
  const compiled = tcpProber().compile(raw, new FieldPath('tcpSocket'));
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.errors));
  return compiled.value(fakeTarget(), new AbortController().signal);
}

const neverAborted = new AbortController().signal;

test('an open port is success without a word, and the connection is closed at once', async () => {
  await using listener = await listen();
  expect(await probe({ port: listener.port })).toEqual({ outcome: 'success', message: '' });
  await expect.poll(() => listener.open()).toBe(0);
});

test.each([
  { name: 'closes at once', onSocket: (socket: Socket) => socket.destroy() },
  { name: 'resets at once', onSocket: (socket: Socket) => socket.resetAndDestroy() },
  { name: 'talks first', onSocket: (socket: Socket) => socket.write('220 hello\r\n') },
])('a server that $name can be connected to', async ({ onSocket }) => {
  await using listener = await listen(onSocket);
  expect(await probe({ port: listener.port })).toMatchObject({ outcome: 'success' });
});

describe('what a failed connection says', () => {
  test('nobody listens', async () => {
    const port = await closedPort();
    expect(await probe({ port })).toEqual({
      outcome: 'failure',
      message: `dial tcp 127.0.0.1:${port}: connect: connection refused`,
    });
  });

  test('a name that nobody knows', async () => {
    const { message } = await probe({ port: 80, host: 'no-such-host.invalid' });
    expect(message).toMatch(/^dial tcp: lookup no-such-host\.invalid: /);
  });

  test('a name with addresses at which nobody listens', async () => {
    const port = await closedPort();
    const { message } = await probe({ port, host: 'localhost' });
    expect(message).toMatch(/^dial tcp (127\.0\.0\.1|\[::1\]):\d+: connect: connection refused$/);
  });

  test('an abort on the way', async () => {
    await using listener = await listen();
    const controller = new AbortController();
    const dial = dialTCP('127.0.0.1', listener.port, controller.signal);
    controller.abort();
    expect(await dial).toBe(`dial tcp 127.0.0.1:${listener.port}: i/o timeout`);
  });

  test('a port that cannot be', async () => {
    expect(await dialTCP('127.0.0.1', -1, neverAborted)).toBe('dial tcp: address -1: invalid port');
  });
});
