/** A store in memory: gone with the process. Values are kept and given out by reference. */

import { MooringError } from '../contract/error.ts';
import type { Revision, Store, StoreEntry, StoreValue, WatchEvent, WatchOptions } from '../contract/store.ts';
import { deepFreeze } from './deep-freeze.ts';
import { EntryTable } from './entry-table.ts';
import { checkTextSize, defaultValueBytesMax, mayExceed } from './value-size.ts';
import { WatchHub, type WatchLimits } from './watch-hub.ts';
import { checkCreate, checkDelete, checkKey, checkPrefix, checkUpdate } from './write-check.ts';

export const defaultWatchLimits: WatchLimits = { historyMax: 4096, pendingMax: 65_536 };

/** The limits of a store in memory. */
export interface MemoryStoreOptions extends Partial<WatchLimits> {
  /** Size of one value as JSON; larger ones are refused with `VALUE_TOO_LARGE`. 1.5 MiB when not given, as in etcd. */
  readonly valueBytesMax?: number;
}

/** A store that is gone with its process: for tests, and for clusters without `dataDir`. */
export function createMemoryStore(options: MemoryStoreOptions = {}): Store {
  return new MemoryStore(options);
}

class MemoryStore implements Store {
  private readonly table = new EntryTable();
  private readonly hub: WatchHub;
  private readonly valueBytesMax: number;
  private revision: Revision = 0;
  private isClosed = false;

  constructor({ valueBytesMax = defaultValueBytesMax, ...limits }: MemoryStoreOptions) {
    this.hub = new WatchHub({ ...defaultWatchLimits, ...limits }, 0);
    this.valueBytesMax = valueBytesMax;
  }

  async get(key: string, signal?: AbortSignal): Promise<StoreEntry | undefined> {
    this.begin(signal);
    return this.table.get(key);
  }

  async list(prefix: string, signal?: AbortSignal) {
    this.begin(signal);
    checkPrefix(prefix);
    return { entries: this.table.list(prefix), revision: this.revision };
  }

  async create(key: string, value: StoreValue, signal?: AbortSignal): Promise<Revision> {
    this.begin(signal);
    checkKey(key);
    checkCreate(key, this.table.get(key));
    return this.put(key, value);
  }

  async update(key: string, value: StoreValue, expected: Revision, signal?: AbortSignal): Promise<Revision> {
    this.begin(signal);
    checkUpdate(key, this.table.get(key), expected);
    return this.put(key, value);
  }

  async delete(key: string, expected: Revision | undefined, signal?: AbortSignal): Promise<void> {
    this.begin(signal);
    const current = this.table.get(key);
    if (!checkDelete(key, current, expected) || current === undefined) return;
    this.revision += 1;
    this.table.remove(key);
    this.hub.publish({ type: 'delete', key, value: current.value, revision: this.revision });
  }

  watch(prefix: string, options: WatchOptions): AsyncIterable<WatchEvent> {
    this.begin(undefined);
    checkPrefix(prefix);
    const { revision } = this;
    return this.hub.watch(prefix, options, { list: (below) => this.table.list(below), revision });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isClosed = true;
    this.hub.close(closed());
  }

  private begin(signal: AbortSignal | undefined): void {
    if (this.isClosed) throw closed();
    signal?.throwIfAborted();
  }

  private put(key: string, value: StoreValue): Revision {
    // Looked at while what is frozen tells the parts that other values have as well.
    const isLarge = mayExceed(value, this.valueBytesMax);
    deepFreeze(value);
    if (isLarge) checkTextSize(key, JSON.stringify(value), this.valueBytesMax);
    this.revision += 1;
    const { revision } = this;
    this.table.put({ key, value, revision });
    this.hub.publish({ type: 'put', key, value, revision });
    return revision;
  }
}

function closed(): MooringError {
  return new MooringError('STORE_CLOSED', 'the store is closed');
}
