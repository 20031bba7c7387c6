/** Three real `nats-server`s that keep three copies of everything. */

import { vi } from 'vitest';
import { replicatedNatsServer } from '../../../../test/support/engines.ts';
import { connectNats } from '../../src/bus/nats-connection.ts';
import { silentLogger } from '../../src/contract/logger.ts';
import { freePort, NatsServer } from './nats-server.ts';

/** The servers choose a leader among them first. */
const readyLimitMs = 30_000;

export class NatsCluster implements AsyncDisposable {
  readonly servers: readonly NatsServer[];

  private constructor(servers: readonly NatsServer[]) {
    this.servers = servers;
  }

  static async start(): Promise<NatsCluster> {
    const ports = await Promise.all([freePort(), freePort(), freePort()]);
    const routes = ports.map((port) => `nats://127.0.0.1:${port}`).join(', ');
    const servers = await Promise.all(
      ports.map((port, i) =>
        NatsServer.start({
          program: replicatedNatsServer(),
          config: `server_name: s${i}
cluster { name: test, listen: "127.0.0.1:${port}", routes: [${routes}], connect_retries: 10 }`,
        }),
      ),
    );
    const cluster = new NatsCluster(servers);
    await vi.waitUntil(() => cluster.isReady(), { timeout: readyLimitMs, interval: 200 });
    return cluster;
  }

  get urls(): readonly string[] {
    return this.servers.map(({ url }) => url);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.servers.map((server) => server[Symbol.asyncDispose]()));
  }

  /** JetStream has a leader, and all three are with it. */
  private async isReady(): Promise<boolean> {
    const connection = await connectNats({ servers: this.urls }, { noEcho: true, logger: silentLogger });
    try {
      const manager = await connection.jetstreamManager({ timeout: 1000 });
      await manager.streams.add({ name: 'ready', subjects: ['ready'], num_replicas: 3 });
      await manager.streams.delete('ready');
      return true;
    } catch {
      // Not yet.
      return false;
    } finally {
      await connection.close();
    }
  }
}
