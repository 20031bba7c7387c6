/** A server with one account for each node, a control plane's store, and the gateway between them. */

import { connect, type NatsConnection, nkeyAuthenticator } from 'nats';
import { createInProcessBus } from '../../src/bus/in-process-bus.ts';
import { connectNats } from '../../src/bus/nats-connection.ts';
import type { Logger } from '../../src/contract/logger.ts';
import { silentLogger } from '../../src/contract/logger.ts';
import type { Store } from '../../src/contract/store.ts';
import { systemClock, systemRandom } from '../../src/engine/system-clock.ts';
import { createGatewayStore } from '../../src/gateway/gateway-store.ts';
import { inboxPrefixOf } from '../../src/gateway/gateway-subjects.ts';
import { type NatsGatewayOptions, serveNatsGateway } from '../../src/gateway/nats-gateway.ts';
import { openNatsGatewayLink } from '../../src/gateway/nats-gateway-link.ts';
import { type NatsUser, natsServerConfig } from '../../src/gateway/nats-server-config.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { NatsServer } from './nats-server.ts';

export const cluster = 'c';

export class IsolatedServer implements AsyncDisposable {
  readonly server: NatsServer;
  private readonly users: readonly NatsUser[];

  private constructor(server: NatsServer, users: readonly NatsUser[]) {
    this.server = server;
    this.users = users;
  }

  static async start(nodes: readonly string[], program?: string): Promise<IsolatedServer> {
    const { text, users } = natsServerConfig({ nodes });
    // Where it listens and keeps its data is the test's affair.
    const config = text.slice(text.indexOf('system_account'));
    const server = await NatsServer.start({ config, ...(program !== undefined && { program }) });
    return new IsolatedServer(server, users);
  }

  /** What a user of a node gives to `nats()`; of the control plane without a node. */
  credentials(node?: string): { readonly servers: string; readonly nkeySeed: string } {
    const seed = this.users.find((user) => user.node === node)?.nkeySeed ?? '';
    return { servers: this.server.url, nkeySeed: seed };
  }

  connection(node?: string): Promise<NatsConnection> {
    const prefix = node === undefined ? {} : { inboxPrefix: inboxPrefixOf(node) };
    const options = { ...this.credentials(node), ...prefix };
    return connectNats(options, { noEcho: false, logger: silentLogger });
  }

  /** The bare client of somebody who has stolen the credentials of a node. */
  attacker(node: string): Promise<NatsConnection> {
    const { servers, nkeySeed } = this.credentials(node);
    const authenticator = nkeyAuthenticator(new TextEncoder().encode(nkeySeed));
    return connect({ servers, authenticator, inboxPrefix: inboxPrefixOf(node) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }
}

/** Serves a store in memory when none is given. */
export async function gatewayOn(server: IsolatedServer, options: Partial<NatsGatewayOptions> = {}) {
  const connection = await server.connection();
  const store = options.store ?? createMemoryStore();
  const bus = options.bus ?? createInProcessBus({ clock: systemClock });
  const logger: Logger = options.logger ?? silentLogger;
  const ports = { clock: systemClock, random: systemRandom, logger };
  const gateway = serveNatsGateway({
    connection,
    cluster,
    heartbeatMs: 200,
    ...ports,
    ...options,
    store,
    bus,
  });
  await connection.flush();
  return {
    store,
    bus,
    stats: () => gateway.stats(),
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await connection.close();
    },
  };
}

/** The store as the agent of a node has it. */
export async function storeOf(server: IsolatedServer, node: string, ofCluster = cluster): Promise<Store> {
  const connection = await server.connection(node);
  const link = openNatsGatewayLink({ connection, node, cluster: ofCluster, clock: systemClock });
  const store = createGatewayStore({ link, clock: systemClock, random: systemRandom });
  const dispose = store[Symbol.asyncDispose].bind(store);
  return Object.assign(store, {
    async [Symbol.asyncDispose]() {
      await dispose();
      await link[Symbol.asyncDispose]();
    },
  });
}
