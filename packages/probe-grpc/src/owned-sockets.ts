/**
 * Closing a client of the gRPC library does not close every connection that it began: a socket stays while the TCP
 * handshake gets no answer, and while the server, once connected, says nothing. A probe is aborted in just these
 * states when its container hangs, so each would leave a socket behind. Node announces every socket that is
 * made, and its async context tells whose work made it: nothing here knows the insides of the library.
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

interface Owner {
  readonly sockets: Set<Socket>;
  readonly close: () => void;
  isOver: boolean;
}

const owners = new AsyncLocalStorage<Owner>();

subscribe('net.client.socket', (message) => {
  const owner = owners.getStore();
  if (owner === undefined) return;
  const { socket } = message as { readonly socket: Socket };
  owner.sockets.add(socket);
  socket.once('close', () => owner.sockets.delete(socket));
  // The announcement comes before the call that connects the socket, and that call would revive it.
  if (owner.isOver) queueMicrotask(() => end(owner));
});

/**
 * Settles as `work` does. Then `close` has been called, and the TCP connections that were opened by the work, or by what
 * it set going, are gone. A connection that is begun even later is ended too, and `close` is called again: a client
 * that is closed before it has looked up its address forgets that, and would connect over and over.
 */
export async function withOwnedSockets<T>(work: () => Promise<T>, close: () => void): Promise<T> {
  const owner: Owner = { sockets: new Set(), close, isOver: false };
  try {
    return await owners.run(owner, work);
  } finally {
    owner.isOver = true;
    end(owner);
  }
}

function end(owner: Owner): void {
  owner.close();
  for (const socket of owner.sockets) socket.destroy();
}
