/** Ports of a pod by SPDY: each connection of the client is a pair of streams, one for its bytes and one for what is wrong. */

import type { Duplex } from 'node:stream';
import { type Clock, errorMessage, type NodeStream } from '@mooring/core';
import { pumpConnection } from '../pump-connection.ts';
import { SpdyConnection, type SpdyStream } from './spdy-connection.ts';

/** The protocol that is spoken within SPDY. */
export const portProtocol = 'portforward.k8s.io';

export interface SpdyPortsOptions {
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly clock: Clock;
  open(port: number, signal: AbortSignal): Promise<NodeStream>;
}

type Pair = { [K in 'error' | 'data']?: SpdyStream };

/** Pairs of which one half is there. */
const halvesMax = 256;

/** Resolves when the connection is over. */
export async function serveSpdyPorts({ socket, head, clock, open }: SpdyPortsOptions): Promise<void> {
  const halves = new Map<string, Pair>();
  const connection: SpdyConnection = new SpdyConnection({
    socket,
    head,
    clock,
    onStream(stream) {
      const type = stream.headers.get('streamtype');
      if (type !== 'error' && type !== 'data') return stream.end();
      const id = stream.headers.get('requestid') ?? stream.headers.get('port') ?? '';
      const pair = { ...halves.get(id), [type]: stream };
      if (pair.error !== undefined && pair.data !== undefined) {
        halves.delete(id);
        void forward({ error: pair.error, data: pair.data }, connection.signal, open);
      } else if (halves.size < halvesMax) halves.set(id, pair);
      else stream.end();
    },
  });
  await connection.run();
}

async function forward(
  { error, data }: Required<Pair>,
  signal: AbortSignal,
  open: SpdyPortsOptions['open'],
): Promise<void> {
  const port = Number(data.headers.get('port'));
  try {
    await pumpConnection(open(port, signal), data);
  } catch (why) {
    await error.write(Buffer.from(`an error occurred forwarding ${port} -> ${port}: ${errorMessage(why)}`));
  } finally {
    error.end();
    data.end();
  }
}
