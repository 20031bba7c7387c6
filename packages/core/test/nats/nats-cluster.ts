/** Three real `nats-server`s that keep three copies of everything. */

import type { JetStreamManager, NatsConnection } from 'nats';
import { vi } from 'vitest';
import { replicatedNatsServer } from '../../../../test/support/engines.ts';
import { connectNats } from '../../src/bus/nats-connection.ts';
import { silentLogger } from '../../src/contract/logger.ts';
import { freePort, NatsServer } from './nats-server.ts';

/** The servers choose a leader among them first, which takes 24 s now and then, and those of 2.10 may never get ready. */
const readyLimitMs = 40_000;
const requestMs = 3000;
const pollMs = 200;
/** A port may be taken by somebody else before the server has it, too. */
const startsMax = 3;

export class NatsCluster implements AsyncDisposable {
  readonly servers: readonly NatsServer[];

  private constructor(servers: readonly NatsServer[]) {
    this.servers = servers;
  }

  static async start(program = replicatedNatsServer()): Promise<NatsCluster> {
    for (let starts = 1; ; starts += 1) {
      const servers: NatsServer[] = [];
      try {
        await startThree(servers, program);
        const cluster = new NatsCluster(servers);
        await vi.waitUntil(() => cluster.isReady(), { timeout: readyLimitMs, interval: pollMs });
        return cluster;
      } catch (error) {
        await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
        if (starts === startsMax) throw error;
      }
    }
  }

  get urls(): readonly string[] {
    return this.servers.map(({ url }) => url);
  }

  /**
   * Waits until all servers have everything: before that no further one may be missed. Each is asked itself, for the
   * leader of a stream goes on calling the copy of a server current that has just ended and come back with nothing.
   */
  async caughtUp(): Promise<void> {
    const areHealthy = async () => {
      const answers = await Promise.all(this.servers.map((server) => server.isHealthy()));
      return answers.every(Boolean);
    };
    await vi.waitUntil(areHealthy, { timeout: readyLimitMs, interval: pollMs });
  }

  /** One that does not lead the stream. */
  async follower(stream: string): Promise<NatsServer> {
    let found: NatsServer | undefined;
    await this.asked(async (manager) => {
      const { cluster } = await manager.streams.info(stream);
      found = this.servers.find((_, i) => nameOf(i) !== cluster?.leader);
      return found !== undefined && cluster?.leader !== undefined;
    });
    if (found === undefined) throw new Error(`${stream} is led by nobody`);
    return found;
  }

  /** Has the stream led by this server, or by another one than before. */
  async lead(stream: string, server?: NatsServer): Promise<void> {
    const wanted = server === undefined ? undefined : nameOf(this.servers.indexOf(server));
    let before: string | undefined;
    await this.asked(async (manager, connection) => {
      const leader = (await manager.streams.info(stream)).cluster?.leader;
      before ??= leader;
      if (leader !== undefined && (wanted === undefined ? leader !== before : leader === wanted)) return true;
      const placement = wanted === undefined ? {} : { placement: { preferred: wanted } };
      const subject = `$JS.API.STREAM.LEADER.STEPDOWN.${stream}`;
      await connection.request(subject, JSON.stringify(placement), { timeout: requestMs });
      return false;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.servers.map((server) => server[Symbol.asyncDispose]()));
  }

  /** JetStream has a leader, and all three are with it. */
  private async isReady(): Promise<boolean> {
    if (this.servers.some(({ isRunning }) => !isRunning))
      throw new Error('a server of the cluster has ended');
    const connection = await this.connect();
    try {
      const manager = await connection.jetstreamManager({ timeout: requestMs });
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

  /** Until the answer is yes; servers that choose a leader give none. */
  private async asked(
    question: (manager: JetStreamManager, connection: NatsConnection) => Promise<boolean>,
  ): Promise<void> {
    const connection = await this.connect();
    const ask = async () => {
      try {
        return await question(await connection.jetstreamManager({ timeout: requestMs }), connection);
      } catch {
        // No leader yet.
        return false;
      }
    };
    try {
      await vi.waitUntil(ask, { timeout: readyLimitMs, interval: pollMs });
    } finally {
      await connection.close();
    }
  }

  private connect(): Promise<NatsConnection> {
    return connectNats({ servers: this.urls }, { noEcho: true, logger: silentLogger });
  }
}

/** Those that have started are in `servers`, also when it rejects because another one has not. */
async function startThree(servers: NatsServer[], program: string): Promise<void> {
  const ports = await Promise.all([freePort(), freePort(), freePort()]);
  const routes = ports.map((port) => `nats://127.0.0.1:${port}`).join(', ');
  const configs = ports.map(
    (port, i) => `server_name: ${nameOf(i)}
cluster { name: test, listen: "127.0.0.1:${port}", routes: [${routes}], connect_retries: 10 }`,
  );
  const monitors = await Promise.all([freePort(), freePort(), freePort()]);
  const starts = await Promise.allSettled(
    configs.map((config, i) => NatsServer.start({ program, config, monitorPort: monitors[i] as number })),
  );
  for (const start of starts) if (start.status === 'fulfilled') servers.push(start.value);
  for (const start of starts) if (start.status === 'rejected') throw start.reason;
}

function nameOf(index: number): string {
  return `s${index}`;
}
