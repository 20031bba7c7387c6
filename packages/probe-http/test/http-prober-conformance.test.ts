import {
  fakeTarget,
  type ProberConformanceContext,
  type ProbeScene,
  planConformance,
  proberConformance,
} from '@mooring/core/testing';
import { describe, test } from 'vitest';
import { httpProber } from '../src/index.ts';
import { closedPort, rawServer } from './support/raw-server.ts';

async function answering(status: string, port: (port: number) => number | string): Promise<ProbeScene> {
  const server = await rawServer((socket) => socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`));
  return {
    raw: { path: '/healthz', port: port(server.port) },
    target: fakeTarget({ ports: [{ name: 'web', containerPort: server.port }] }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function silent(): Promise<ProbeScene> {
  const server = await rawServer(() => {});
  let attempts = 0;
  return {
    raw: { port: server.port },
    target: fakeTarget(),
    underWay: () => server.connections(++attempts),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const nothingToClose = { [Symbol.asyncDispose]: () => Promise.resolve() };

const context: ProberConformanceContext = {
  prober: () => httpProber(),
  healthy: () => answering('200 OK', (port) => port),
  unhealthy: () => answering('503 Service Unavailable', (port) => port),
  namedPort: () => answering('204 No Content', () => 'web'),
  silent,
  refused: async () => ({ raw: { port: await closedPort() }, target: fakeTarget(), ...nothingToClose }),
  impossible: async () => ({ raw: { port: 'no-such-port' }, target: fakeTarget(), ...nothingToClose }),
  bad: [
    { raw: 'localhost:80', field: '' },
    { raw: {}, field: 'port' },
    { raw: { port: 0 }, field: 'port' },
    { raw: { port: 65_536 }, field: 'port' },
    { raw: { port: 'not_a_port' }, field: 'port' },
    { raw: { port: true }, field: 'port' },
    { raw: { port: 80, scheme: 'http' }, field: 'scheme' },
    { raw: { port: 80, path: 5 }, field: 'path' },
    { raw: { port: 80, host: [] }, field: 'host' },
    { raw: { port: 80, httpHeaders: {} }, field: 'httpHeaders' },
    { raw: { port: 80, httpHeaders: [{ name: 'X Y', value: '' }] }, field: 'httpHeaders' },
    { raw: { port: 80, httpHeaders: [{ name: 'X', value: 1 }] }, field: 'httpHeaders[0].value' },
  ],
};

describe('httpGet', () => {
  for (const c of planConformance(proberConformance, context))
    test.skipIf(c.skipReason)(c.name, () => c.run());
});
