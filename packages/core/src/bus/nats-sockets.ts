/**
 * Closes what the client leaves open. A server that takes a connection and never says a word, as one that hangs, is tried
 * again and again, and the socket of each attempt would stay: until this process ends, or would end but for them.
 */

import type { NatsConnection } from 'nats';

/** What the client keeps of one attempt to connect. Its types do not say so. */
interface Attempt {
  /** Absent until somebody has taken the connection. */
  socket?: Socket | undefined;
}

interface Socket {
  destroy(): void;
}

/** The sockets of one connection. */
export class NatsSockets {
  private readonly connection: NatsConnection;
  private latest: Attempt | undefined;

  constructor(connection: NatsConnection) {
    this.connection = connection;
    this.latest = attemptOf(connection);
  }

  /** To be called whenever another attempt may have begun: all before it are over. */
  noteAttempt(): void {
    const now = attemptOf(this.connection);
    if (now === this.latest) return;
    this.latest?.socket?.destroy();
    this.latest = now;
  }

  /** The connection is closed. */
  end(): void {
    this.noteAttempt();
    const { latest } = this;
    latest?.socket?.destroy();
    if (latest !== undefined && latest.socket === undefined) refuse(latest);
  }
}

/** Closes the socket as soon as there is one: the client has begun, and does not look any more whether it is wanted. */
function refuse(attempt: Attempt): void {
  let closed: Socket | undefined;
  Object.defineProperty(attempt, 'socket', {
    get: () => closed,
    set: (socket: Socket | undefined) => {
      socket?.destroy();
      closed = socket;
    },
  });
}

function attemptOf(connection: NatsConnection): Attempt | undefined {
  const { protocol } = connection as { readonly protocol?: { readonly transport?: Attempt } };
  return protocol?.transport;
}
