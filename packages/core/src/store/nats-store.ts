/**
 * The store of many processes: objects in a JetStream KV bucket. Writes are conditional and go to the servers; reads come
 * from a mirror of the bucket in this process, and never miss a write that this process was told to have made.
 */

import type { NatsConnection } from 'nats';
import type { Clock, Random } from '../contract/clock.ts';
import { type ErrorCode, errorMessage, MooringError } from '../contract/error.ts';
import type { Logger } from '../contract/logger.ts';
import type { Revision, Store, StoreEntry, StoreValue, WatchEvent, WatchOptions } from '../contract/store.ts';
import { abortable, sleep } from '../engine/abortable.ts';
import { withDeadline } from '../engine/deadline.ts';
import { actUntil } from '../engine/joined-signal.ts';
import { deepFreeze } from './deep-freeze.ts';
import { defaultWatchLimits } from './memory-store.ts';
import { type BucketEntry, NatsBucket } from './nats-bucket.ts';
import type { BucketPosition } from './nats-continuity.ts';
import { encodeWrite } from './nats-envelope.ts';
import { isForbidden } from './nats-errors.ts';
import { subjectOfKey } from './nats-keys.ts';
import { type MirrorStats, NatsMirror } from './nats-mirror.ts';
import { OwnWrites } from './nats-own-writes.ts';
import { givesUpAfterMs, type WriteOutcome, writeConditionally } from './nats-write.ts';
import { checkTextSize } from './value-size.ts';
import { WatchHub, type WatchLimits } from './watch-hub.ts';
import { checkKey, checkPrefix } from './write-check.ts';

/** What a store on NATS is made of. */
export interface NatsStoreOptions extends Partial<WatchLimits> {
  readonly connection: NatsConnection;
  readonly bucket: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Size of one value as JSON. 256 KiB when not given; the server's limit is 512 KiB with the envelope. */
  readonly valueBytesMax?: number;
}

/** Rejects with `STORE_LOST`, whatever is asked, while the bucket has less in it than this process has seen there. */
export interface NatsStore extends Store {
  stats(): MirrorStats;
  /** How far it was seen to go. */
  readonly position: BucketPosition;
}

/** The mirror is behind by milliseconds; one that is behind by this much is broken, and what it holds is not shown. */
const catchUpMsMax = 30_000;
const readPauseMs = 500;
/** For so long after it was full a bucket counts as short of room. */
const fullMsMax = 600_000;
const valueBytesMaxDefault = 256 * 1024;

/**
 * Opens a bucket and reads all of it. Rejects with `STORE_MISSING` when there is none: it is made on purpose, by
 * `installNatsStore`, and never by accident. The connection stays the caller's.
 */
export async function createNatsStore(options: NatsStoreOptions): Promise<NatsStore> {
  const bucket = await NatsBucket.open(options.connection, options.bucket, options.clock);
  const store = new RemoteStore(bucket, options);
  try {
    await store.start();
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
  return store;
}

class RemoteStore implements NatsStore {
  private readonly bucket: NatsBucket;
  private readonly options: NatsStoreOptions;
  private readonly controller = new AbortController();
  /** Knows of what came after `start` only. */
  private hub: WatchHub;
  private readonly mirror: NatsMirror;
  private readonly own = new OwnWrites();
  /** When the bucket was last found to be full, on the monotonic clock. */
  private fullAtMs = Number.NEGATIVE_INFINITY;
  /** The last revision that this process wrote, over all keys. */
  private written: Revision = 0;

  constructor(bucket: NatsBucket, options: NatsStoreOptions) {
    this.bucket = bucket;
    this.options = options;
    this.hub = new WatchHub(limitsOf(options), 0);
    this.mirror = new NatsMirror({
      bucket,
      clock: options.clock,
      logger: options.logger,
      signal: this.controller.signal,
      ownWrite: (key, bytes) => this.own.recognise(key, bytes),
      onSeen: (key, revision) => this.own.seen(key, revision),
      onChange: (change) => this.hub.publish(change),
      onLost: (why) => this.hub.close(why),
    });
  }

  async start(): Promise<void> {
    await this.mirror.start();
    this.hub = new WatchHub(limitsOf(this.options), this.mirror.revision);
  }

  stats(): MirrorStats {
    return this.mirror.stats();
  }

  get position(): BucketPosition {
    const { position = { created: '', revision: 0 } } = this.mirror;
    return { ...position, revision: Math.max(position.revision, this.written) };
  }

  async get(key: string, signal?: AbortSignal): Promise<StoreEntry | undefined> {
    this.begin(signal);
    const own = this.own.newest(key);
    const known = this.mirror.table.get(key);
    if (own === undefined || own.revision <= this.mirror.revision) return known;
    return own.value === undefined ? undefined : { key, value: own.value, revision: own.revision };
  }

  async list(prefix: string, signal?: AbortSignal) {
    this.begin(signal);
    checkPrefix(prefix);
    await this.caughtUp(this.written, signal);
    return { entries: this.mirror.table.list(prefix), revision: this.mirror.revision };
  }

  async create(key: string, value: StoreValue, signal?: AbortSignal): Promise<Revision> {
    const outcome = await this.put(key, value, 0, signal);
    if (outcome.kind === 'written') return outcome.revision;
    throw new MooringError('ALREADY_EXISTS', `${key} already exists`);
  }

  async update(key: string, value: StoreValue, expected: Revision, signal?: AbortSignal): Promise<Revision> {
    const outcome = await this.put(key, value, expected, signal);
    if (outcome.kind === 'written') return outcome.revision;
    throw refused(key, outcome, expected);
  }

  async delete(key: string, expected: Revision | undefined, signal?: AbortSignal): Promise<void> {
    this.begin(signal);
    if (expected !== undefined) {
      const outcome = await this.remove(key, expected, signal);
      if (outcome.kind === 'refused') throw refused(key, outcome, expected);
      return;
    }
    for (let known = await this.newest(key, signal); ; ) {
      if (known === undefined || known.isDeleted) return;
      const outcome = await this.remove(key, known.revision, signal);
      if (outcome.kind === 'written') return;
      known = outcome.current;
    }
  }

  watch(prefix: string, options: WatchOptions): AsyncIterable<WatchEvent> {
    this.begin(undefined);
    checkPrefix(prefix);
    return this.watchFrom(prefix, options);
  }

  /** Ends all watches; the connection goes on. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new MooringError('STORE_CLOSED', 'the store is closed');
    this.controller.abort(closed);
    this.hub.close(closed);
  }

  /** What this process has written is there when the watch begins. */
  private async *watchFrom(prefix: string, options: WatchOptions): AsyncIterable<WatchEvent> {
    try {
      await this.caughtUp(this.written, options.signal);
    } catch (error) {
      if (options.signal.aborted) return;
      throw error;
    }
    // It may have been closed meanwhile.
    this.begin(undefined);
    const list = (below: string) => this.mirror.table.list(below);
    yield* this.hub.watch(prefix, options, { list, revision: this.mirror.revision });
  }

  /** From the leader, which is waited for as long as for the outcome of a write. */
  private async newest(key: string, signal: AbortSignal | undefined): Promise<BucketEntry | undefined> {
    const { clock } = this.options;
    const subject = subjectOfKey(this.bucket.name, key);
    const endsMs = clock.monotonicMs() + givesUpAfterMs;
    for (;;) {
      try {
        return await this.bucket.read(subject);
      } catch (error) {
        if (isForbidden(error)) throw notRead('TRANSPORT_REFUSED', key, error);
        if (clock.monotonicMs() >= endsMs) throw notRead('TRANSPORT_UNAVAILABLE', key, error);
        await this.pause(readPauseMs, signal);
      }
    }
  }

  private async put(
    key: string,
    value: StoreValue,
    expected: Revision,
    signal: AbortSignal | undefined,
  ): Promise<WriteOutcome> {
    this.begin(signal);
    checkKey(key);
    deepFreeze(value);
    const text = JSON.stringify(value);
    checkTextSize(key, text, this.options.valueBytesMax ?? valueBytesMaxDefault);
    const writeId = this.options.random.uuid();
    const payload = (prev: Revision) => {
      const bytes = encodeWrite({ writeId, prev }, text);
      this.own.sending(key, { v: 1, writeId, prev, value }, bytes);
      return bytes;
    };
    let unseen: Revision | undefined;
    try {
      const outcome = await this.write(key, { expected, writeId, payload }, value, signal);
      if (outcome.kind === 'written' && outcome.revision > this.mirror.revision) unseen = outcome.revision;
      return outcome;
    } finally {
      this.own.settle(key, writeId, unseen);
    }
  }

  private async remove(
    key: string,
    expected: Revision,
    signal: AbortSignal | undefined,
  ): Promise<WriteOutcome> {
    const write = { expected, writeId: this.options.random.uuid(), payload: () => undefined };
    const outcome = await this.write(key, write, undefined, signal);
    if (outcome.kind === 'written') await this.giveRoom(key, outcome.revision);
    return outcome;
  }

  /** In a bucket that was full a moment ago, what was deleted goes at once; its marker stays. */
  private async giveRoom(key: string, revision: Revision): Promise<void> {
    const { clock, logger } = this.options;
    if (clock.monotonicMs() - this.fullAtMs > fullMsMax) return;
    try {
      await this.bucket.forgetBefore(subjectOfKey(this.bucket.name, key), revision);
    } catch (err) {
      // It goes with its marker, a day later.
      logger.warn({ component: 'nats', key, err }, 'what was deleted takes up room');
    }
  }

  private async write(
    key: string,
    write: {
      readonly expected: Revision;
      readonly writeId: string;
      payload(prev: Revision): Uint8Array | undefined;
    },
    value: StoreValue | undefined,
    signal: AbortSignal | undefined,
  ): Promise<WriteOutcome> {
    const { clock, random } = this.options;
    const subject = subjectOfKey(this.bucket.name, key);
    const pause = (ms: number) => this.pause(ms, signal);
    const onFull = () => {
      this.fullAtMs = clock.monotonicMs();
    };
    const ports = { bucket: this.bucket, clock, random, pause, onFull };
    const outcome = await writeConditionally(ports, { ...write, subject });
    if (outcome.kind === 'written') {
      const { revision } = outcome;
      if (revision > this.mirror.revision) this.own.acknowledge(key, { revision, value });
      this.written = Math.max(this.written, revision);
    } else {
      // Nobody has deleted it: the marker of that would be there.
      if (write.expected > 0 && outcome.seen === 0) {
        const why = this.mirror.missing(key);
        if (why !== undefined) throw why;
      }
      // Whoever reads and tries again is not to read the old state once more.
      await this.caughtUp(outcome.seen, signal);
    }
    return outcome;
  }

  private async caughtUp(revision: Revision, signal: AbortSignal | undefined): Promise<void> {
    if (revision <= this.mirror.revision) return;
    const { clock } = this.options;
    const what = `reading revision ${revision}`;
    const caughtUp = withDeadline(clock, catchUpMsMax, this.controller.signal, what, (inner) =>
      this.mirror.reached(revision, inner),
    );
    await (signal === undefined ? caughtUp : abortable(caughtUp, signal));
  }

  /** Rejects when the store is closed meanwhile, or the signal aborts. */
  private async pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const own = this.controller.signal;
    const { clock } = this.options;
    await actUntil(signal === undefined ? [own] : [own, signal], (ending) => sleep(clock, ms, ending));
  }

  private begin(signal: AbortSignal | undefined): void {
    this.controller.signal.throwIfAborted();
    signal?.throwIfAborted();
    if (this.mirror.lost !== undefined) throw this.mirror.lost;
  }
}

function notRead(code: ErrorCode, key: string, error: unknown): MooringError {
  return new MooringError(code, `the servers do not say what is under ${key}: ${errorMessage(error)}`, {
    cause: error,
  });
}

function limitsOf({ historyMax, pendingMax }: Partial<WatchLimits>): WatchLimits {
  return {
    historyMax: historyMax ?? defaultWatchLimits.historyMax,
    pendingMax: pendingMax ?? defaultWatchLimits.pendingMax,
  };
}

function refused(
  key: string,
  { current }: Extract<WriteOutcome, { kind: 'refused' }>,
  expected: Revision,
): MooringError {
  if (current === undefined) return new MooringError('NOT_FOUND', `${key} not found`);
  return new MooringError('CONFLICT', `${key} has revision ${current.revision}, not ${expected}`);
}
