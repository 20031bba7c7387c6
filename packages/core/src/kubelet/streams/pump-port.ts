/** A connection to a port of a pod, for somebody who cannot reach it himself. */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { StreamEnd } from '../../bus/stream-end.ts';
import type { Clock } from '../../contract/clock.ts';
import { errorMessage, MooringError } from '../../contract/error.ts';
import { onAbort } from '../../engine/abortable.ts';
import { withDeadline } from '../../engine/deadline.ts';

const connectMsMax = 10_000;

/** Rejects with `NOT_FOUND` when nobody listens there, or nobody answers. */
export async function connectPort(
  clock: Clock,
  { host, port }: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<Socket> {
  // Each side says by itself that it has no more to say.
  const socket = connect({ host, port, allowHalfOpen: true });
  try {
    await withDeadline(clock, connectMsMax, signal, `connecting to ${host}:${port}`, (inner) =>
      once(socket, 'connect', { signal: inner }),
    );
    return socket;
  } catch (error) {
    socket.destroy();
    signal.throwIfAborted();
    throw new MooringError('NOT_FOUND', `port ${port} of the pod: ${errorMessage(error)}`, { cause: error });
  }
}

/** Resolves when the program at the port has said all. Rejects when the connection, or the stream, breaks. */
export async function pumpPort(socket: Socket, end: StreamEnd): Promise<void> {
  const forget = onAbort(end.signal, () => socket.destroy());
  try {
    // It ends with the stream; a connection that breaks is told by what comes from it.
    pumpInput(socket, end).catch(() => undefined);
    for await (const bytes of socket) await end.send('stdout', bytes as Buffer);
  } finally {
    forget();
    socket.destroy();
  }
}

async function pumpInput(socket: Socket, end: StreamEnd): Promise<void> {
  for await (const event of end) {
    if (event.type !== 'data') socket.end();
    else if (!socket.write(event.bytes)) await once(socket, 'drain', { signal: end.signal });
  }
}
