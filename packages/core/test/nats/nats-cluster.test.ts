import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { describeWithEngine, oldNatsServer } from '../../../../test/support/engines.ts';
import { hasCode } from '../../src/contract/error.ts';
import { silentLogger } from '../../src/contract/logger.ts';
import type { Store } from '../../src/contract/store.ts';
import { systemClock, systemRandom } from '../../src/engine/system-clock.ts';
import { installNatsStore, nats } from '../../src/nats.ts';
import { storeConformance } from '../../src/testing/store-conformance.ts';
import { NatsCluster } from './nats-cluster.ts';
import { NatsStores } from './nats-stores.ts';

/** A new leader is chosen within about 8 s, now and then only after 24 s. */
const failOverMsMax = 60_000;
/** Of each key, in the servers. */
const statesKept = 8;

describeWithEngine(['nats-cluster'], 'the store on three servers with three copies', () => {
  let cluster: NatsCluster;
  const stores = new NatsStores(() => cluster.urls, { replicas: 3 });
  beforeAll(async () => {
    cluster = await NatsCluster.start();
  }, 3 * failOverMsMax);
  afterAll(() => cluster[Symbol.asyncDispose]());

  it.each(storeConformance)('$name', async ({ run }) => {
    await run(stores.conformance());
  });

  it('is installed and opened on servers that pass its tests', async () => {
    const servers = cluster.urls;
    const install = () => installNatsStore({ servers, cluster: 'three', replicas: 3, bytesMax: 10_000_000 });
    // A stream that was made a moment ago may have no leader yet.
    await vi.waitFor(install, { timeout: 40_000, interval: 500 });
    const ports = { clock: systemClock, random: systemRandom, logger: silentLogger };
    await using open = await nats({ servers }).open({ cluster: 'three', ...ports });
    expect(await open.store.create('a/b', { n: 1 })).toBeGreaterThan(0);
  }, 60_000);

  it(
    'loses nothing that was acknowledged, nor a single increment, when any one of the servers is killed',
    async () => {
      const bucket = await stores.install();
      await using store = await stores.open(bucket);
      await store.create('counter', { n: 0 });
      const acknowledged: string[] = [];
      let increments = 0;
      let unsure = 0;
      let isOver = false;
      const writing = async (writer: number) => {
        for (let i = 0; !isOver; i += 1) {
          await store.create(`k/${writer}-${i}`, { i });
          acknowledged.push(`k/${writer}-${i}`);
        }
      };
      const counting = async () => {
        while (!isOver) {
          const entry = await store.get('counter');
          const { n = 0 } = (entry?.value ?? {}) as { readonly n?: number };
          try {
            await store.update('counter', { n: n + 1 }, entry?.revision ?? 0);
            increments += 1;
          } catch (error) {
            if (hasCode(error, 'OUTCOME_UNKNOWN')) unsure += 1;
            else if (!hasCode(error, 'CONFLICT')) throw error;
          }
        }
      };
      const work = Promise.all([writing(0), writing(1), counting(), counting()]);
      const goesOn = async () => {
        const before = acknowledged.length;
        await vi.waitUntil(() => acknowledged.length > before + 20, { timeout: failOverMsMax });
      };
      for (const server of cluster.servers) {
        await goesOn();
        await server.down();
        await goesOn();
        await server.up();
        await cluster.caughtUp();
      }
      await goesOn();
      isOver = true;
      await work;
      await using fresh = await stores.open(bucket);
      const keys = (await fresh.list('k/')).entries.map(({ key }) => key);
      expect(keys.toSorted()).toEqual(acknowledged.toSorted());
      const counter = (await fresh.get('counter'))?.value as { readonly n?: number } | undefined;
      const counted = Number(counter?.n);
      expect(counted).toBeGreaterThanOrEqual(increments);
      expect(counted).toBeLessThanOrEqual(increments + unsure);
      expect(store.stats()).toMatchObject({ brokenChains: 0, divergences: 0, foreign: 0 });
    },
    4 * failOverMsMax,
  );

  it(
    'lists everything that was written while a server was away, also when that one leads afterwards',
    async () => {
      const bucket = await stores.install();
      const stream = `KV_${bucket}`;
      await using store = await stores.open(bucket);
      const keys = Array.from({ length: 600 }, (_, i) => `k/${i}`);
      await write(store, 'hot/a');
      const away = await cluster.follower(stream);
      await away.down();
      await write(store, 'hot/a');
      // A new leader hands out how far the stream goes, and not what lies in it.
      await cluster.lead(stream);
      for (let writes = 0; writes < 3 * statesKept; writes += 1) await write(store, 'hot/a');
      await Promise.all(keys.map((key) => write(store, key)));
      await away.up();
      const everything = await revisionsOf(store);
      expect(everything).toHaveLength(keys.length + 1);
      // Some of them are served by the server that is still catching up.
      const fresh = await Promise.all(keys.slice(0, 8).map(() => stores.open(bucket)));
      for (const each of fresh) expect(await revisionsOf(each)).toEqual(everything);
      for (const each of fresh) await each[Symbol.asyncDispose]();
      await cluster.caughtUp();
      await cluster.lead(stream, away);
      await write(store, 'hot/a');
      await using late = await stores.open(bucket);
      expect(await revisionsOf(late)).toEqual(await revisionsOf(store));
      expect(store.stats()).toMatchObject({ brokenChains: 0, divergences: 0, foreign: 0 });
    },
    4 * failOverMsMax,
  );
});

async function write(store: Store, key: string): Promise<void> {
  const entry = await store.get(key);
  const value = { revision: entry?.revision ?? 0 };
  if (entry === undefined) await store.create(key, value);
  else await store.update(key, value, entry.revision);
}

async function revisionsOf(store: Store): Promise<readonly string[]> {
  return (await store.list('')).entries.map(({ key, revision }) => `${key}@${revision}`);
}

// Not safe when a server ends, which no client can mend; as long as none does, everything holds.
describeWithEngine(['nats-2.10'], 'the store on three servers of 2.10 with three copies', () => {
  let cluster: NatsCluster;
  const stores = new NatsStores(() => cluster.urls, { replicas: 3 });
  beforeAll(async () => {
    cluster = await NatsCluster.start(oldNatsServer());
  }, 3 * failOverMsMax);
  afterAll(() => cluster[Symbol.asyncDispose]());

  it.each(storeConformance)('$name', async ({ run }) => {
    await run(stores.conformance());
  });

  it('is opened by those only who take the risk', async () => {
    const bucket = { replicas: 3, bytesMax: 10_000_000 };
    const ports = { clock: systemClock, random: systemRandom, logger: silentLogger };
    const servers = cluster.urls;
    const open = (acceptUnsafeServers: boolean) =>
      nats({ servers, install: bucket, acceptUnsafeServers }).open({ cluster: 'old', ...ports });
    await expect(open(false)).rejects.toThrow(/2\.14\.0 or later/);
    await using accepted = await open(true);
    expect(await accepted.store.create('a/b', { n: 1 })).toBeGreaterThan(0);
  }, 60_000);
});
