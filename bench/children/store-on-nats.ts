/**
 * Writes into a bucket and reading all of it, in turn with the bare client. Arguments: port of the server, rounds of writes,
 * writes of a round, how many of them at a time, rounds of reading, keys to read.
 */

import { connect, type KV } from 'nats';
import { createNatsStore, NatsBucket, silentLogger, systemClock, systemRandom } from '../compiled-core.ts';
import { inTurn } from '../in-turn.ts';
import { ready, report } from './conversation.ts';
import type { StoreOnNats } from './store-on-nats-report.ts';
import { storedPod } from './stored-pod.ts';

const [port, writeRounds = 9, writes = 2000, lanes = 32, readRounds = 9, keys = 10_000] = process.argv
  .slice(2)
  .map(Number);
const servers = `nats://127.0.0.1:${port}`;
const lanesOfKeys = 4;

type Store = Awaited<ReturnType<typeof createNatsStore>>;

const connection = await connect({ servers, noAsyncTraces: true });
await ready();
const writing = await compareWrites();
const reading = await compareReads();
report({ writing, reading, bytes: JSON.stringify(storedPod).length } satisfies StoreOnNats);

async function compareWrites() {
  await install('written');
  await install('bare');
  const store = await open('written');
  const kv = await connection.jetstream().views.kv('bare');
  // As much as there is around our values.
  const envelope = { v: 1, writeId: systemRandom.uuid(), prev: 100_000, value: storedPod };
  const text = JSON.stringify(envelope);
  const revisions = new Map<string, number>();
  for (const key of keysOf(lanes * lanesOfKeys)) revisions.set(key, await store.create(key, podOf(key, 0)));
  const result = await inTurn(writeRounds, {
    ours: () =>
      micros(async (key, i) => {
        revisions.set(key, await store.update(key, podOf(key, i), revisions.get(key) ?? 0));
      }),
    floor: () => micros((key) => kv.put(key.replaceAll('/', '.'), text)),
  });
  await store[Symbol.asyncDispose]();
  return result;
}

async function compareReads() {
  await install('many');
  const store = await open('many');
  const left = keysOf(keys);
  const fill = async () => {
    for (let key = left.pop(); key !== undefined; key = left.pop()) await store.create(key, podOf(key, 0));
  };
  await Promise.all(Array.from({ length: 64 }, fill));
  await store[Symbol.asyncDispose]();
  const kv = await connection.jetstream().views.kv('many');
  return await inTurn(readRounds, { ours: () => millis(readOurs), floor: () => millis(() => readBare(kv)) });
}

async function readOurs(): Promise<() => Promise<void>> {
  const store = await open('many');
  const ending = new AbortController();
  let seen = 0;
  for await (const { type } of store.watch('', { signal: ending.signal })) {
    if (type === 'synced') break;
    seen += 1;
  }
  if (seen !== keys) throw new Error(`${seen} of ${keys}`);
  return () => Promise.resolve(store[Symbol.asyncDispose]());
}

/** What anybody would have to do who is to look things up. */
async function readBare(kv: KV): Promise<() => Promise<void>> {
  const objects = new Map<string, unknown>();
  const watch = await kv.watch();
  for await (const entry of watch) {
    objects.set(entry.key, entry.json());
    if (objects.size === keys) break;
  }
  watch.stop();
  return async () => {};
}

/** Of one write, with some at a time: each lane writes its keys one after the other. */
async function micros(write: (key: string, i: number) => Promise<unknown>): Promise<number> {
  const beganMs = performance.now();
  const lane = async (_: unknown, at: number) => {
    for (let i = 0; i < writes / lanes; i += 1) await write(keyOf(at * lanesOfKeys + (i % lanesOfKeys)), i);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return ((performance.now() - beganMs) * 1000) / writes;
}

async function millis(begin: () => Promise<() => Promise<void>>): Promise<number> {
  globalThis.gc?.();
  const beganMs = performance.now();
  const end = await begin();
  const tookMs = performance.now() - beganMs;
  await end();
  return tookMs;
}

async function install(bucket: string): Promise<void> {
  await NatsBucket.install(connection, { bucket, bytesMax: 512 * 1024 * 1024 }, systemClock);
}

async function open(bucket: string): Promise<Store> {
  return await createNatsStore({
    connection,
    bucket,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
  });
}

function keysOf(count: number): string[] {
  return Array.from({ length: count }, (_, i) => keyOf(i));
}

function keyOf(i: number): string {
  return `pods/default/pod-${i}`;
}

/** A new status on an old object, as agents write it. */
function podOf(key: string, i: number) {
  const { status } = storedPod;
  return {
    ...storedPod,
    metadata: { ...storedPod.metadata, name: key },
    status: { ...status, observedGeneration: i },
  };
}
