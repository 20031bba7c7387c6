/** A link that can fail, between a client and a server on this host. */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

/**
 * `cut`: refuses, and what was open is reset. `frozen`: nothing passes, and nobody is told; later it arrives. `mute`: what was
 * open is reset, and who comes is taken and never hears a word.
 */
type State = 'open' | 'cut' | 'frozen' | 'mute';

export class TcpProxy implements AsyncDisposable {
  private readonly listener: Server;
  private readonly target: number;
  private readonly pairs = new Set<Pair>();
  private readonly ignored = new Set<Socket>();
  private state: State = 'open';

  private constructor(target: number) {
    this.target = target;
    this.listener = createServer((client) => this.carry(client));
  }

  /** In front of a port of this host. */
  static async start(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    proxy.listener.listen(0, '127.0.0.1');
    await once(proxy.listener, 'listening');
    return proxy;
  }

  get url(): string {
    return `nats://127.0.0.1:${(this.listener.address() as AddressInfo).port}`;
  }

  /** Connections that were taken while it was mute, and are still open. */
  get unheard(): number {
    return this.ignored.size;
  }

  cut(): void {
    this.state = 'cut';
    this.reset();
  }

  mute(): void {
    this.state = 'mute';
    this.reset();
  }

  /** As when packets are lost on the way: both ends believe in the connection. */
  freeze(): void {
    this.state = 'frozen';
    for (const { client, server } of this.pairs) {
      client.pause();
      server.pause();
    }
  }

  /** What was frozen goes on. */
  restore(): void {
    this.state = 'open';
    for (const { client, server } of this.pairs) {
      client.resume();
      server.resume();
    }
  }

  /** What was frozen stays so for ever; new connections pass. */
  strand(): void {
    this.state = 'open';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.listener.close();
    await once(this.listener, 'close');
  }

  private reset(): void {
    for (const pair of this.pairs) destroy(pair);
    for (const client of this.ignored) client.resetAndDestroy();
  }

  private carry(client: Socket): void {
    if (this.state === 'cut') {
      client.resetAndDestroy();
      return;
    }
    if (this.state === 'mute') {
      this.ignored.add(client.resume());
      client.on('error', () => {}).on('close', () => this.ignored.delete(client));
      return;
    }
    const pair = { client, server: connect(this.target, '127.0.0.1') };
    this.pairs.add(pair);
    forward(client, pair.server);
    forward(pair.server, client);
    for (const socket of [client, pair.server]) {
      socket.on('error', () => {});
      socket.on('close', () => {
        destroy(pair);
        this.pairs.delete(pair);
      });
      if (this.state === 'frozen') socket.pause();
    }
  }
}

function forward(from: Socket, to: Socket): void {
  from.on('data', (data) => void to.write(data));
}

function destroy({ client, server }: Pair): void {
  for (const socket of [client, server]) if (!socket.destroyed) socket.resetAndDestroy();
}
