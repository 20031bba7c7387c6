/**
 * One connection of a client, led to an endpoint that answers. As long as no byte has gone either way, an endpoint that
 * fails is replaced by another one; after that its end is the client's end, a reset for a reset.
 */

import type { Socket } from 'node:net';
import type { Backend } from './usable-endpoints.ts';

export interface RelayPorts {
  /** The next endpoint to try. `undefined`: there is none left. */
  next(tried: readonly Backend[]): Backend | undefined;
  /** Resolves with an open connection; rejects when the endpoint does not answer in time. */
  dial(backend: Backend): Promise<Socket>;
  /** A connection to it begins; the function given back is called when that is over. */
  open(backend: Backend): () => void;
  connected(backend: Backend): void;
  failed(backend: Backend, error: unknown): void;
}

/**
 * Resolves when both sides are closed; never rejects. The client must have been accepted with `pauseOnConnect`: what it
 * sends waits in the kernel, which holds it back when that is full. Destroying the client ends everything.
 */
export async function relay(client: Socket, ports: RelayPorts): Promise<void> {
  // While there is no endpoint, the client's end is nothing to tell anybody.
  client.on('error', () => {});
  const tried: Backend[] = [];
  while (!client.destroyed) {
    const backend = ports.next(tried);
    if (backend === undefined) {
      client.resetAndDestroy();
      return;
    }
    tried.push(backend);
    const over = ports.open(backend);
    try {
      const upstream = await ports.dial(backend);
      upstream.once('close', over);
      ports.connected(backend);
      await join(client, upstream);
      return;
    } catch (error) {
      over();
      ports.failed(backend, error);
    }
  }
}

/** Rejects, and leaves the client as it was, when the endpoint fails before a byte has gone either way. */
function join(client: Socket, upstream: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    if (upstream.destroyed) {
      reject(new Error('the endpoint closed the connection'));
      return;
    }
    const settle = () => {
      if (client.destroyed && upstream.destroyed) resolve();
    };
    const clientFailed = () => upstream.resetAndDestroy();
    const clientClosed = () => {
      // It was destroyed; one that has ended both ways has told the endpoint so.
      if (!client.readableEnded || !client.writableFinished) upstream.resetAndDestroy();
      settle();
    };
    client.once('error', clientFailed);
    client.once('close', clientClosed);
    upstream.once('error', (error) => {
      if (upstream.bytesRead > 0 || upstream.bytesWritten > 0 || client.destroyed) {
        resetAfterFlush(client);
        return;
      }
      client.off('error', clientFailed);
      client.off('close', clientClosed);
      upstream.unpipe(client);
      reject(error);
    });
    upstream.once('close', settle);
    if (client.destroyed) {
      clientClosed();
      return;
    }
    client.pipe(upstream);
    upstream.pipe(client);
  });
}

/** What the endpoint said before it failed still reaches the client. */
function resetAfterFlush(client: Socket): void {
  if (client.writableLength === 0 || client.writableEnded) client.resetAndDestroy();
  else client.write('', () => client.resetAndDestroy());
}
