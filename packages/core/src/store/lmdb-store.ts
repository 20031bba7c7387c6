/**
 * The durable store of one process: everything lies in memory, as in the memory store, and every write is committed to an
 * LMDB database before it is acknowledged or shown to anybody. Writes that come together are committed together.
 */

import { hasCode, MooringError } from '../contract/error.ts';
import type { Revision, Store, StoreEntry, StoreValue, WatchEvent, WatchOptions } from '../contract/store.ts';
import { deepFreeze } from './deep-freeze.ts';
import { EntryTable } from './entry-table.ts';
import { LmdbDatabase } from './lmdb-database.ts';
import { defaultWatchLimits } from './memory-store.ts';
import { checkTextSize, defaultValueBytesMax } from './value-size.ts';
import { type StoreChange, WatchHub, type WatchLimits } from './watch-hub.ts';
import { checkCreate, checkDelete, checkKey, checkPrefix, checkUpdate } from './write-check.ts';

/** Where the embedded store lies, and its limits. */
export interface LmdbStoreOptions extends Partial<WatchLimits> {
  /** A directory of the store's own; created when it is not there. */
  readonly path: string;
  /** Size of one value as JSON; larger ones are refused with `VALUE_TOO_LARGE`. 1.5 MiB when not given, as in etcd. */
  readonly valueBytesMax?: number;
}

/** Opens the store and reads what it has kept. */
export async function createLmdbStore(options: LmdbStoreOptions): Promise<Store> {
  const database = await LmdbDatabase.open(options.path);
  try {
    return new LmdbStore(database, options);
  } catch (error) {
    await database.close();
    throw error;
  }
}

interface Staged {
  readonly change: StoreChange;
  readonly committed: Promise<void>;
}

interface Write {
  readonly change: StoreChange;
  readonly text: string | undefined;
  resolve(): void;
  reject(error: unknown): void;
}

/** Writes of one commit. */
const batchMax = 1000;

class LmdbStore implements Store {
  private readonly database: LmdbDatabase;
  private readonly valueBytesMax: number;
  private readonly table = new EntryTable();
  private readonly hub: WatchHub;
  /** The last revision that was given out, and the last that is committed. */
  private revision: Revision;
  private committedRevision: Revision;
  private waiting: Write[] = [];
  /** The newest change of each key that is not committed yet: what the next write of the key must be checked against. */
  private readonly staged = new Map<string, Staged>();
  private committing: Promise<void> | undefined;
  /** Why nothing more is accepted. */
  private refusal: MooringError | undefined;
  private closing: Promise<void> | undefined;

  constructor(database: LmdbDatabase, options: LmdbStoreOptions) {
    this.database = database;
    this.valueBytesMax = options.valueBytesMax ?? defaultValueBytesMax;
    const { entries, revision } = database.load();
    for (const entry of entries) this.table.put(entry);
    this.revision = revision;
    this.committedRevision = revision;
    const { historyMax, pendingMax } = { ...defaultWatchLimits, ...options };
    this.hub = new WatchHub({ historyMax, pendingMax }, revision);
  }

  async get(key: string, signal?: AbortSignal): Promise<StoreEntry | undefined> {
    this.begin(signal);
    return this.table.get(key);
  }

  async list(prefix: string, signal?: AbortSignal) {
    this.begin(signal);
    checkPrefix(prefix);
    return { entries: this.table.list(prefix), revision: this.committedRevision };
  }

  async create(key: string, value: StoreValue, signal?: AbortSignal): Promise<Revision> {
    this.begin(signal);
    checkKey(key);
    try {
      checkCreate(key, this.newest(key));
    } catch (error) {
      return this.refuse(key, error);
    }
    return this.put(key, value);
  }

  async update(key: string, value: StoreValue, expected: Revision, signal?: AbortSignal): Promise<Revision> {
    this.begin(signal);
    try {
      checkUpdate(key, this.newest(key), expected);
    } catch (error) {
      return this.refuse(key, error);
    }
    return this.put(key, value);
  }

  async delete(key: string, expected: Revision | undefined, signal?: AbortSignal): Promise<void> {
    this.begin(signal);
    const current = this.newest(key);
    try {
      checkDelete(key, current, expected);
    } catch (error) {
      return this.refuse(key, error);
    }
    if (current === undefined) return this.visible(key);
    this.revision += 1;
    await this.stage({ type: 'delete', key, value: current.value, revision: this.revision }, undefined);
  }

  watch(prefix: string, options: WatchOptions): AsyncIterable<WatchEvent> {
    this.begin(undefined);
    checkPrefix(prefix);
    const list = (below: string) => this.table.list(below);
    return this.hub.watch(prefix, options, { list, revision: this.committedRevision });
  }

  /** Finishes the writes that were accepted, then closes the database. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.refusal ??= new MooringError('STORE_CLOSED', 'the store is closed');
    this.closing ??= this.close(this.refusal);
    await this.closing;
  }

  private begin(signal: AbortSignal | undefined): void {
    if (this.refusal !== undefined) throw this.refusal;
    signal?.throwIfAborted();
  }

  /** The entry as it will be when everything that was accepted is committed. */
  private newest(key: string): Pick<StoreEntry, 'value' | 'revision'> | undefined {
    const staged = this.staged.get(key);
    if (staged === undefined) return this.table.get(key);
    return staged.change.type === 'put' ? staged.change : undefined;
  }

  /**
   * Refuses a write for what is there, but not before that can be read: a writer that reads again and again until it
   * succeeds would otherwise see the old state for ever, and keep the event loop from the commit that it waits for.
   */
  private async refuse(key: string, error: unknown): Promise<never> {
    await this.visible(key);
    throw error;
  }

  /** Resolves when the newest change of the key is committed; rejects when it could not be. */
  private async visible(key: string): Promise<void> {
    await this.staged.get(key)?.committed;
  }

  private async put(key: string, value: StoreValue): Promise<Revision> {
    deepFreeze(value);
    const text = JSON.stringify(value);
    checkTextSize(key, text, this.valueBytesMax);
    this.revision += 1;
    const { revision } = this;
    await this.stage({ type: 'put', key, value, revision }, text);
    return revision;
  }

  private stage(change: StoreChange, text: string | undefined): Promise<void> {
    const committed = new Promise<void>((resolve, reject) => {
      this.waiting.push({ change, text, resolve, reject });
    });
    this.staged.set(change.key, { change, committed });
    this.committing ??= this.commitAll();
    return committed;
  }

  private async commitAll(): Promise<void> {
    // What comes in the same turn goes into the same commit.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, batchMax);
      try {
        await this.database.commit(batch.map(({ change, text }) => ({ text, ...change })));
      } catch (error) {
        if (!hasCode(error, 'STORE_FULL')) {
          this.breakDown(batch, error);
          break;
        }
        this.dropAll(batch, error);
        continue;
      }
      for (const write of batch) this.show(write);
    }
    this.committing = undefined;
  }

  /** A committed write becomes visible, in the order of revisions. */
  private show({ change, resolve }: Write): void {
    const { key, value, revision } = change;
    if (this.staged.get(key)?.change === change) this.staged.delete(key);
    this.committedRevision = revision;
    if (change.type === 'put') this.table.put({ key, value, revision });
    else this.table.remove(key);
    this.hub.publish(change);
    resolve();
  }

  /**
   * Nothing of it was written: the store is what it was before. What came later was checked against what is not there now,
   * and goes with it. There may be room again for the next write.
   */
  private dropAll(batch: readonly Write[], error: unknown): void {
    for (const { reject } of [...batch, ...this.waiting.splice(0)]) reject(error);
    this.staged.clear();
    this.revision = this.committedRevision;
  }

  /**
   * After a failed commit the memory no longer knows what the disk holds: the store refuses everything from here on and
   * must be opened again.
   */
  private breakDown(batch: readonly Write[], cause: unknown): void {
    const words = 'the store cannot write any more; it must be opened again';
    this.refusal = new MooringError('STORE_CLOSED', words, { cause });
    const unknown = new MooringError('OUTCOME_UNKNOWN', 'the commit of the write failed', { cause });
    const isForeign = cause instanceof MooringError;
    for (const { reject } of batch) reject(isForeign ? cause : unknown);
    for (const { reject } of this.waiting.splice(0)) reject(this.refusal);
    this.staged.clear();
    this.hub.close(this.refusal);
  }

  private async close(refusal: MooringError): Promise<void> {
    await this.committing;
    this.hub.close(refusal);
    await this.database.close();
  }
}
