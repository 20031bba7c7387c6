/** A link that can fail, between a client and a server behind a socket of this host. */

import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';

export class UnixProxy implements AsyncDisposable {
  readonly path: string;
  private readonly target: string;
  private readonly onSent: (bytes: Buffer) => void;
  private readonly sockets = new Set<Socket>();
  private listener: Server | undefined;

  /** `onSent` sees what clients send. */
  constructor(path: string, target: string, onSent: (bytes: Buffer) => void = () => undefined) {
    this.path = path;
    this.target = target;
    this.onSent = onSent;
  }

  /** Clients come through. */
  async open(): Promise<void> {
    rmSync(this.path, { force: true });
    this.listener = createServer((client) => {
      const server = connect({ path: this.target });
      client.on('data', this.onSent);
      for (const [one, other] of [[client, server] as const, [server, client] as const]) {
        this.sockets.add(one);
        one.on('error', () => other.destroy());
        one.on('close', () => {
          this.sockets.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    }).listen(this.path);
    await once(this.listener, 'listening');
  }

  /** As when the server ends: what was open is closed, and nobody listens. */
  cut(): void {
    this.listener?.close();
    for (const socket of this.sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    rmSync(this.path, { force: true });
  }
}
