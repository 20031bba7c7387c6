/** Stores in buckets of their own, each with a connection of its own, as different processes have them. */

import type { NatsConnection } from 'nats';
import { connectNats } from '../../src/bus/nats-connection.ts';
import type { Clock } from '../../src/contract/clock.ts';
import { type Logger, silentLogger } from '../../src/contract/logger.ts';
import type { Store } from '../../src/contract/store.ts';
import { systemClock, systemRandom } from '../../src/engine/system-clock.ts';
import { type BucketOptions, NatsBucket } from '../../src/store/nats-bucket.ts';
import { createNatsStore, type NatsStore } from '../../src/store/nats-store.ts';
import type { StoreConformanceContext } from '../../src/testing/store-conformance.ts';

const bytesMax = 32 * 1024 * 1024;

export class NatsStores {
  private readonly servers: () => readonly string[];
  private readonly options: Omit<BucketOptions, 'bucket'>;
  /** Of all that use one server. */
  private static buckets = 0;

  /** `servers` is asked each time, for they may not run yet. */
  constructor(servers: () => readonly string[], options: Omit<BucketOptions, 'bucket'> = {}) {
    this.servers = servers;
    this.options = options;
  }

  connection() {
    return connectNats({ servers: this.servers() }, { noEcho: false, logger: silentLogger });
  }

  /** The name of a new bucket. */
  async install(): Promise<string> {
    NatsStores.buckets += 1;
    const bucket = `objs${NatsStores.buckets}`;
    const client = await this.connection();
    await NatsBucket.install(client, { bytesMax, ...this.options, bucket }, systemClock);
    await client.close();
    return bucket;
  }

  async open(
    bucket: string,
    options: { readonly clock?: Clock; readonly logger?: Logger; readonly connection?: NatsConnection } = {},
  ): Promise<NatsStore> {
    const { clock = systemClock, logger = silentLogger } = options;
    const connection = options.connection ?? (await this.connection());
    const ports = { clock, random: systemRandom, logger };
    const store = await createNatsStore({ connection, bucket, ...ports });
    const dispose = store[Symbol.asyncDispose].bind(store);
    return Object.assign(store, {
      async [Symbol.asyncDispose]() {
        await dispose();
        await connection.close();
      },
    });
  }

  /** For one case of the conformance kit. */
  conformance(): StoreConformanceContext {
    let bucket = '';
    return {
      open: async () => {
        bucket = await this.install();
        return await this.open(bucket);
      },
      reopen: async (store: Store) => {
        await store[Symbol.asyncDispose]();
        return await this.open(bucket);
      },
    };
  }
}
