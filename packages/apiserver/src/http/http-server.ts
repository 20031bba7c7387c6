/** The listening socket: HTTP/1.1, plain or with TLS, and an end that does not wait for idle connections. */

import { createServer, IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTLSServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { MooringError } from '@mooring/core';

/** The certificate of the server, and who may vouch for clients. */
export interface TLSOptions {
  /** PEM. */
  readonly key: string | Buffer;
  readonly cert: string | Buffer;
  /** Who signs the certificates of clients; without it nobody is known by a certificate. */
  readonly clientCA?: string | Buffer | undefined;
}

export interface ListenOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly tls?: TLSOptions | undefined;
  readonly onRequest: RequestListener;
  readonly onUpgrade: (incoming: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** A connection could not be taken, for want of file descriptors: the server goes on. */
  readonly onError: (error: Error) => void;
}

export interface Listening {
  /** Without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** Resolves when every connection is closed; they are not waited for. */
  close(): Promise<void>;
}

/**
 * A request that offers another protocol, such as HTTP/2, may be answered without it, and most clients that offer one mean
 * it so. Only who asks for what is spoken here wants nothing else.
 */
class Incoming extends IncomingMessage {
  private offersUpgrade = false;

  get upgrade(): boolean {
    return this.offersUpgrade && /^(?:websocket|spdy\/)/i.test(this.headers.upgrade ?? '');
  }

  /** By the parser, when it has seen such an offer. */
  set upgrade(offers: boolean) {
    this.offersUpgrade = offers;
  }
}

/** Longer than clients keep idle connections, so that none is closed under a request. */
const keepAliveMs = 65_000;

/** Rejects with `INVALID` when the address cannot be had or the key cannot be used. */
export async function listen(options: ListenOptions): Promise<Listening> {
  const server = makeServer(options);
  server.keepAliveTimeout = keepAliveMs;
  server.headersTimeout = keepAliveMs + 1000;
  // Watches and logs take as long as they take; all other requests have a deadline of their own.
  server.requestTimeout = 0;
  server.on('upgrade', options.onUpgrade);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await bound(server, options);
  server.on('error', options.onError);
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://${host}:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function makeServer({ tls, onRequest }: ListenOptions): Server {
  const reading = { IncomingMessage: Incoming };
  if (tls === undefined) return createServer(reading, onRequest);
  const { key, cert, clientCA } = tls;
  try {
    return createTLSServer(
      {
        ...reading,
        key,
        cert,
        // HTTP/2 knows no upgrades.
        ALPNProtocols: ['http/1.1'],
        requestCert: clientCA !== undefined,
        rejectUnauthorized: false,
        ...(clientCA !== undefined && { ca: clientCA }),
      },
      onRequest,
    );
  } catch (cause) {
    throw new MooringError('INVALID', `tls: the key or the certificate cannot be used: ${String(cause)}`, {
      cause,
    });
  }
}

function bound(server: Server, { host, port }: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: Error) => {
      reject(new MooringError('INVALID', `cannot listen on ${host}:${port}: ${cause.message}`, { cause }));
    };
    server.once('error', refuse);
    server.listen(port, host, () => {
      server.off('error', refuse);
      resolve();
    });
  });
}
