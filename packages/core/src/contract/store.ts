/**
 * Where objects live: a revisioned map with compare-and-swap and list + watch. It maps one to one on NATS KV.
 * Values are plain JSON objects; the store freezes what it is given, so nobody can change it afterwards.
 */

/** Grows with every write to the store; comparable within one store only. */
export type Revision = number;

/** A value as it is stored: plain JSON. */
export type StoreValue = object;

/** A key with its value and revision. */
export interface StoreEntry {
  readonly key: string;
  readonly value: StoreValue;
  /** Revision of the last write to this key. */
  readonly revision: Revision;
}

/** One step of a watch of a store. */
export type WatchEvent =
  | { readonly type: 'put'; readonly key: string; readonly value: StoreValue; readonly revision: Revision }
  /** `value` is the last one before the deletion. */
  | { readonly type: 'delete'; readonly key: string; readonly value: StoreValue; readonly revision: Revision }
  /** Everything that existed when the watch began has been delivered. Once for each watch. */
  | { readonly type: 'synced'; readonly revision: Revision };

/** From where a store is watched. */
export interface WatchOptions {
  /** Deliver what came after this revision, instead of everything there is. Rejects with `STORE_EXPIRED` when not kept. */
  readonly from?: Revision;
  readonly signal: AbortSignal;
}

/**
 * Keys are `/`-separated words of `[-_.a-zA-Z0-9]`; a prefix ends at a `/` or is empty.
 * Laws: a write that resolved survives the process where the store is durable; the events of one key arrive in order;
 * a watch ends when its signal aborts and throws when it cannot go on (list again then).
 */
export interface Store extends AsyncDisposable {
  get(key: string, signal?: AbortSignal): Promise<StoreEntry | undefined>;
  list(
    prefix: string,
    signal?: AbortSignal,
  ): Promise<{ readonly entries: readonly StoreEntry[]; readonly revision: Revision }>;
  /** Rejects with `ALREADY_EXISTS`. */
  create(key: string, value: StoreValue, signal?: AbortSignal): Promise<Revision>;
  /** Rejects with `CONFLICT` when the key has another revision, `NOT_FOUND` when it is gone. */
  update(key: string, value: StoreValue, expected: Revision, signal?: AbortSignal): Promise<Revision>;
  /** Gone already => ok, unless `expected` is given: then `NOT_FOUND`, or `CONFLICT`. */
  delete(key: string, expected: Revision | undefined, signal?: AbortSignal): Promise<void>;
  watch(prefix: string, options: WatchOptions): AsyncIterable<WatchEvent>;
}
