/** NATS as the transport of a cluster: published as `@mooring/core/nats`, so that who does without it never loads it. */

import { join } from 'node:path';
import { createNatsBus } from './bus/nats-bus.ts';
import { connectNats, type NatsOptions } from './bus/nats-connection.ts';
import {
  type NatsTransportOptions,
  validateInstallOptions,
  validateNatsOptions,
} from './cluster/nats-transport-options.ts';
import { silentLogger } from './contract/logger.ts';
import type { OpenTransport, Transport, TransportContext } from './contract/transport.ts';
import { systemClock, systemRandom } from './engine/system-clock.ts';
import { createGatewayBus } from './gateway/gateway-bus.ts';
import { requestBytesMax } from './gateway/gateway-protocol.ts';
import { createGatewayStore } from './gateway/gateway-store.ts';
import { inboxPrefixOf } from './gateway/gateway-subjects.ts';
import { type NatsGateway, type NatsGatewayOptions, serveNatsGateway } from './gateway/nats-gateway.ts';
import { openNatsGatewayLink } from './gateway/nats-gateway-link.ts';
import { HighWater } from './store/high-water.ts';
import { type BucketOptions, messageBytesMax, NatsBucket } from './store/nats-bucket.ts';
import { checkServerVersion, testCompareAndSwap, warnOfSmallMessages } from './store/nats-checks.ts';
import { keepCompact } from './store/nats-compaction.ts';
import { checkHighWater } from './store/nats-high-water.ts';
import { bucketOfCluster } from './store/nats-keys.ts';
import { createNatsStore } from './store/nats-store.ts';

export { createNatsBus, type NatsBus, type NatsBusOptions, type NatsBusStats } from './bus/nats-bus.ts';
export type { NatsOptions, NatsTlsOptions } from './bus/nats-connection.ts';
export type { NatsTransportOptions } from './cluster/nats-transport-options.ts';
export type { NatsGateway, NatsGatewayStats } from './gateway/nats-gateway.ts';
export {
  type NatsServerConfig,
  type NatsServerConfigOptions,
  type NatsServerTls,
  type NatsUser,
  natsServerConfig,
} from './gateway/nats-server-config.ts';
export type { BucketOptions } from './store/nats-bucket.ts';
export { checkServerVersion, type SelfTestResult } from './store/nats-checks.ts';
export type { BucketPosition } from './store/nats-continuity.ts';
export type { MirrorStats } from './store/nats-mirror.ts';
export { createNatsStore, type NatsStore, type NatsStoreOptions } from './store/nats-store.ts';

/** `createCluster({ transport: nats({ servers: 'nats://10.0.0.1:4222' }) })`. Throws `INVALID` for options that are wrong. */
export function nats(options: NatsTransportOptions): Transport {
  validateNatsOptions(options);
  return { name: [options.servers].flat().join(', '), open: (context) => openNats(options, context) };
}

/**
 * Makes the bucket of a cluster, once: with `replicas: 3` on a cluster of three servers. What is there already stays as it
 * is. Rejects with `TRANSPORT_REFUSED` when the servers are too old for it, or fail the self-test of their compare-and-swap,
 * with `INVALID` for options that are wrong.
 */
export async function installNatsStore(
  options: NatsOptions & Omit<BucketOptions, 'bucket'> & { readonly cluster?: string },
): Promise<void> {
  validateInstallOptions(options);
  const { cluster = 'mooring', replicas = 1, bytesMax, ...natsOptions } = options;
  const connections = await Promise.all([1, 2, 3, 4].map(() => connectQuietly(natsOptions)));
  try {
    const [connection] = connections;
    if (connection === undefined) return;
    checkServerVersion(connection.info?.version ?? '', { replicas });
    await testCompareAndSwap(connections, { replicas, random: systemRandom });
    const limits = bytesMax === undefined ? {} : { bytesMax };
    await NatsBucket.install(
      connection,
      { bucket: bucketOfCluster(cluster), replicas, ...limits },
      systemClock,
    );
  } finally {
    await Promise.all(connections.map((connection) => connection.close()));
  }
}

async function openNats(options: NatsTransportOptions, context: TransportContext): Promise<OpenTransport> {
  const { install, acceptUnsafeServers, mode, ...natsOptions } = options;
  const { cluster, clock, random, logger, dataDir, runsNodes = false } = context;
  if (typeof mode === 'object') return await openIsolated(natsOptions, mode.isolated.node, context);
  if (mode === 'trusted' || runsNodes) logger.warn({ component: 'nats', cluster }, trustedWarning);
  const bucket = bucketOfCluster(cluster);
  const bus = await createNatsBus({ ...natsOptions, clock, logger });
  const closers = [() => bus[Symbol.asyncDispose]()];
  try {
    const connection = await connectNats(natsOptions, { noEcho: false, logger });
    closers.unshift(() => connection.close());
    if (install !== undefined)
      await NatsBucket.install(connection, { ...(install === true ? {} : install), bucket }, clock);
    const opened = await NatsBucket.open(connection, bucket, clock);
    warnOfSmallMessages(connection, messageBytesMax, logger);
    const { config } = await opened.info();
    const version = connection.info?.version ?? '';
    checkServerVersion(version, {
      replicas: config.num_replicas,
      ...(acceptUnsafeServers && { acceptUnsafeServers }),
    });
    const markPath = dataDir === undefined ? undefined : join(dataDir, 'high-water.json');
    if (markPath !== undefined) await checkHighWater(opened, markPath, context);
    const store = await createNatsStore({ connection, bucket, clock, random, logger });
    closers.unshift(() => store[Symbol.asyncDispose]());
    if (markPath !== undefined) {
      const current = () => store.position;
      const mark = new HighWater({ path: markPath, store: bucket, clock, logger, current });
      closers.unshift(() => mark[Symbol.asyncDispose]());
    }
    const upkeep = (signal: AbortSignal) => keepCompact({ bucket: opened, clock, logger, signal });
    return { bus, store, upkeep, [Symbol.asyncDispose]: () => closeAll(closers) };
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

const trustedWarning =
  'TRUSTED MODE: this agent opens the store of the whole cluster directly. Whoever takes over this host can read every Secret and change every object. On hosts of more than one owner use isolated mode (docs/nats-security.md)';

async function openIsolated(
  options: NatsOptions,
  node: string,
  { cluster, clock, random, logger }: TransportContext,
): Promise<OpenTransport> {
  const own = { inboxPrefix: inboxPrefixOf(node), ...options };
  const connection = await connectNats(own, { noEcho: false, logger });
  const link = openNatsGatewayLink({ connection, node, cluster, clock });
  const store = createGatewayStore({ link, clock, random });
  const bus = createGatewayBus({ link, cluster, clock });
  const closers = [store, bus, link].map((part) => () => part[Symbol.asyncDispose]());
  return { store, bus, [Symbol.asyncDispose]: () => closeAll(closers) };
}

/** Options of `serveNodes`: a connection of the control plane, and what it serves. */
export interface ServeNodesOptions
  extends NatsOptions,
    Pick<NatsGatewayOptions, 'store' | 'bus' | 'handlers' | 'heartbeatMs'> {
  /** `mooring` when not given. */
  readonly cluster?: string;
  readonly clock?: TransportContext['clock'];
  readonly random?: TransportContext['random'];
  readonly logger?: TransportContext['logger'];
}

/**
 * The gateway of isolated agents, beside controllers in the control plane's account. `store` and `bus` are those of the
 * cluster. Several may run at a time. Rejects as `connectNats` does.
 */
export async function serveNodes(options: ServeNodesOptions): Promise<NatsGateway> {
  const { store, bus, handlers, heartbeatMs, cluster = 'mooring', ...rest } = options;
  const { clock = systemClock, random = systemRandom, logger = silentLogger, ...natsOptions } = rest;
  const connection = await connectNats(natsOptions, { noEcho: false, logger });
  warnOfSmallMessages(connection, requestBytesMax, logger);
  const parts = { connection, store, bus, cluster, clock, random, logger };
  const gateway = serveNatsGateway({
    ...parts,
    ...(handlers !== undefined && { handlers }),
    ...(heartbeatMs !== undefined && { heartbeatMs }),
  });
  const closers = [() => gateway[Symbol.asyncDispose](), () => connection.close()];
  try {
    await connection.flush();
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
  return { stats: () => gateway.stats(), [Symbol.asyncDispose]: () => closeAll(closers) };
}

/** One after the other, each of them. Rejects with what the last one that failed says. */
async function closeAll([close, ...others]: readonly (() => PromiseLike<void>)[]): Promise<void> {
  if (close === undefined) return;
  try {
    await close();
  } finally {
    await closeAll(others);
  }
}

function connectQuietly(options: NatsOptions) {
  return connectNats(options, { noEcho: false, logger: silentLogger });
}
