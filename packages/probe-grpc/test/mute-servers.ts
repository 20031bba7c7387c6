/** Servers that a probe finds no end with: one accepts and says nothing, the other does not even accept. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { fakeTarget, type ProbeScene } from '@mooring/core/testing';
import { expect } from 'vitest';

export interface SilentServer extends AsyncDisposable {
  readonly port: number;
  /** Connections that it has had, and those of them that are still open. */
  readonly accepted: number;
  readonly open: number;
}

export async function startSilentServer(): Promise<SilentServer> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = createServer((socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get accepted() {
      return accepted;
    },
    get open() {
      return sockets.size;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Accepts connections and says nothing, so that no HTTP/2 session comes about. */
export async function silent(): Promise<ProbeScene> {
  const server = await startSilentServer();
  let attempts = 0;
  return {
    raw: { port: server.port },
    target: fakeTarget(),
    async underWay() {
      attempts += 1;
      await expect.poll(() => server.accepted).toBeGreaterThanOrEqual(attempts);
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Why `deaf` cannot be had here; `undefined` where it can. */
export const deafSkipReason =
  process.platform === 'linux' ? undefined : 'only Linux drops a SYN when the backlog of a server is full';

/**
 * Its backlog is full, so a connection is neither made nor refused: what a firewall does, without a need for one.
 * The server stands in a thread that never gets round to accepting anything.
 */
export async function deaf(): Promise<ProbeScene> {
  const worker = new Worker(deafServer, { eval: true });
  const port = await new Promise<number>((resolve, reject) => {
    worker.once('message', resolve).once('error', reject);
  });
  const backlog = await Promise.all([occupy(port), occupy(port)]);
  const watched = watchSockets();
  let attempts = 0;
  return {
    raw: { port },
    target: fakeTarget(),
    async underWay() {
      attempts += 1;
      await expect.poll(() => watched.sockets.length).toBeGreaterThanOrEqual(attempts);
    },
    async [Symbol.asyncDispose]() {
      watched[Symbol.dispose]();
      for (const socket of backlog) socket.destroy();
      await worker.terminate();
    },
  };
}

/** Linux takes one connection more than the backlog says. */
const deafServer = `
  const { parentPort } = require('node:worker_threads');
  const server = require('node:net').createServer();
  server.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;

function occupy(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.on('error', reject);
  });
}

export interface WatchedSockets extends Disposable {
  /** All client sockets that were made since, also those that never got to a server. */
  readonly sockets: readonly Socket[];
}

export function watchSockets(): WatchedSockets {
  const sockets: Socket[] = [];
  const onSocket = (message: unknown) => {
    sockets.push((message as { readonly socket: Socket }).socket);
  };
  subscribe('net.client.socket', onSocket);
  return {
    sockets,
    [Symbol.dispose]() {
      unsubscribe('net.client.socket', onSocket);
    },
  };
}
