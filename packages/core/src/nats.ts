/** NATS as the transport of a cluster: published as `@mooring/core/nats`, so that who does without it never loads it. */

import { createNatsBus } from './bus/nats-bus.ts';
import { connectNats, type NatsOptions } from './bus/nats-connection.ts';
import { silentLogger } from './contract/logger.ts';
import type { OpenTransport, Transport, TransportContext } from './contract/transport.ts';
import { systemRandom } from './engine/system-clock.ts';
import { type BucketOptions, NatsBucket } from './store/nats-bucket.ts';
import { checkServerVersion, testCompareAndSwap } from './store/nats-checks.ts';
import { createNatsStore } from './store/nats-store.ts';

export { createNatsBus, type NatsBus, type NatsBusOptions, type NatsBusStats } from './bus/nats-bus.ts';
export type { NatsOptions, NatsTlsOptions } from './bus/nats-connection.ts';
export {
  type NatsServerConfig,
  type NatsServerConfigOptions,
  type NatsServerTls,
  type NatsUser,
  natsServerConfig,
} from './gateway/nats-server-config.ts';
export { checkServerVersion, type SelfTestResult } from './store/nats-checks.ts';
export type { MirrorStats } from './store/nats-mirror.ts';
export { createNatsStore, type NatsStore, type NatsStoreOptions } from './store/nats-store.ts';

export interface NatsTransportOptions extends NatsOptions {
  /** Makes the bucket of the cluster when it is not there. Without it a missing bucket is an error: it may be lost. */
  readonly install?: true | Omit<BucketOptions, 'bucket'>;
  /** Lets servers pass that are known to lose writes of buckets with copies. For experiments. */
  readonly acceptUnsafeServers?: boolean;
}

/** `createCluster({ transport: nats({ servers: 'nats://10.0.0.1:4222' }) })` */
export function nats(options: NatsTransportOptions): Transport {
  return { name: [options.servers].flat().join(', '), open: (context) => openNats(options, context) };
}

/**
 * Makes the bucket of a cluster, once: with `replicas: 3` on a cluster of three servers. What is there already stays as it
 * is. Rejects with `TRANSPORT_REFUSED` when the servers are too old for it, or fail the self-test of their compare-and-swap.
 */
export async function installNatsStore(
  options: NatsOptions & Omit<BucketOptions, 'bucket'> & { readonly cluster?: string },
): Promise<void> {
  const { cluster = 'mooring', replicas = 1, bytesMax, ...natsOptions } = options;
  const connections = await Promise.all([1, 2, 3, 4].map(() => connectQuietly(natsOptions)));
  try {
    const [connection] = connections;
    if (connection === undefined) return;
    checkServerVersion(connection.info?.version ?? '', { replicas });
    await testCompareAndSwap(connections, { replicas, random: systemRandom });
    const limits = bytesMax === undefined ? {} : { bytesMax };
    await NatsBucket.install(connection, { bucket: bucketOf(cluster), replicas, ...limits });
  } finally {
    await Promise.all(connections.map((connection) => connection.close()));
  }
}

async function openNats(options: NatsTransportOptions, context: TransportContext): Promise<OpenTransport> {
  const { install, acceptUnsafeServers, ...natsOptions } = options;
  const { cluster, clock, random, logger } = context;
  const bucket = bucketOf(cluster);
  const bus = await createNatsBus({ ...natsOptions, clock, logger });
  const closers = [() => bus[Symbol.asyncDispose]()];
  try {
    const connection = await connectNats(natsOptions, { noEcho: false, logger });
    closers.unshift(() => connection.close());
    if (install !== undefined)
      await NatsBucket.install(connection, { ...(install === true ? {} : install), bucket });
    const { config } = await (await NatsBucket.open(connection, bucket)).info();
    const version = connection.info?.version ?? '';
    checkServerVersion(version, {
      replicas: config.num_replicas,
      ...(acceptUnsafeServers && { acceptUnsafeServers }),
    });
    const store = await createNatsStore({ connection, bucket, clock, random, logger });
    closers.unshift(() => store[Symbol.asyncDispose]());
    return { bus, store, [Symbol.asyncDispose]: () => closeAll(closers) };
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

async function closeAll(closers: readonly (() => PromiseLike<void>)[]): Promise<void> {
  for (const close of closers) await close();
}

function connectQuietly(options: NatsOptions) {
  return connectNats(options, { noEcho: false, logger: silentLogger });
}

/** Names of buckets are narrower than names of clusters. */
function bucketOf(cluster: string): string {
  return cluster.replaceAll(/[^-A-Za-z0-9_]/g, '_');
}
