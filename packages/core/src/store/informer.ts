/**
 * A cache of all objects of a kind, kept up to date by list and watch. Handlers hear of differences, not of every write:
 * states may be skipped, but the last one never is, and no deletion is lost, not even one that happened while the watch
 * was down. An object that was deleted and created again under the same name is told as a deletion and a new object.
 */

import type { Clock } from '../contract/clock.ts';
import { type Logger, silentLogger } from '../contract/logger.ts';
import { sleep } from '../engine/abortable.ts';
import { type IndexFunction, InformerCache } from './informer-cache.ts';
import { type ObjectOf, objectKey } from './keys.ts';
import type { ObjectStore } from './object-store.ts';

export interface InformerHandler<T> {
  /** `old` is the state that was told last; absent when the object is new. */
  onUpsert?(object: T, old: T | undefined): void;
  /** The last state that is known. */
  onDelete?(object: T): void;
}

export interface InformerOptions<K extends string> {
  readonly objects: ObjectStore;
  readonly kind: K;
  /** All namespaces when not given. */
  readonly namespace?: string;
  readonly indices?: Readonly<Record<string, IndexFunction<ObjectOf<K>>>>;
  readonly clock: Clock;
  /** Ends the informer; the cache stays readable. */
  readonly signal: AbortSignal;
  readonly logger?: Logger;
}

export interface Informer<T> {
  get(namespace: string | undefined, name: string): T | undefined;
  /** All objects, in the order in which they became known. */
  list(): readonly T[];
  /** Throws for an index that was not declared. */
  byIndex(index: string, value: string): readonly T[];
  /** Tells the handler of all that is known, then of every difference. The function given back takes it off. */
  subscribe(handler: InformerHandler<T>): () => void;
  /** Resolves when the cache holds everything that existed at the start; rejects when the signal aborts before. */
  readonly synced: Promise<void>;
  /** Resolves when the informer has ended. */
  readonly done: Promise<void>;
}

/** Pauses between attempts to watch again; doubled each time until one works. */
const pauseMsMin = 100;
const pauseMsMax = 30_000;

/** Begins to list and watch at once. */
export function createInformer<K extends string>(options: InformerOptions<K>): Informer<ObjectOf<K>> {
  const { kind, signal } = options;
  const mirror = new Mirror<K>(options);
  let markSynced = () => {};
  const reachedSync = new Promise<void>((resolve) => {
    markSynced = resolve;
  });
  const done = run(options, mirror, markSynced);
  const synced = Promise.race([reachedSync, done.then(() => Promise.reject(signal.reason))]);
  // Not everybody waits for it, and to those who aborted its rejection is no news.
  synced.catch(() => {});
  return {
    get: (namespace, name) => mirror.cache.get(objectKey({ kind, namespace, name })),
    list: () => mirror.cache.list(),
    byIndex: (index, value) => mirror.cache.byIndex(index, value),
    subscribe: (handler) => mirror.subscribe(handler),
    synced,
    done,
  };
}

/** Watches, and watches again after each failure, until the signal aborts. */
async function run<K extends string>(
  options: InformerOptions<K>,
  mirror: Mirror<K>,
  onSynced: () => void,
): Promise<void> {
  const { clock, signal, logger = silentLogger } = options;
  let pauseMs = pauseMsMin;
  while (!signal.aborted) {
    try {
      await follow(options, mirror, () => {
        pauseMs = pauseMsMin;
        onSynced();
      });
    } catch (error) {
      if (!signal.aborted) logger.warn({ key: options.kind, err: error }, 'watch broke off; listing again');
    }
    // An abort ends the sleep and the loop.
    await sleep(clock, pauseMs, signal).catch(() => {});
    pauseMs = Math.min(pauseMs * 2, pauseMsMax);
  }
}

/** One watch from the beginning: what it does not mention before `synced` was deleted while nobody looked. */
async function follow<K extends string>(
  options: InformerOptions<K>,
  mirror: Mirror<K>,
  onSynced: () => void,
): Promise<void> {
  const unseen = new Set(mirror.cache.keys());
  const { objects, kind, namespace, signal } = options;
  for await (const event of objects.watch(kind, namespace, { signal })) {
    if (event.type === 'synced') {
      for (const key of unseen) mirror.remove(key);
      unseen.clear();
      onSynced();
      continue;
    }
    const { name, namespace: within } = event.object.metadata;
    const key = objectKey({ kind, namespace: within, name });
    unseen.delete(key);
    if (event.type === 'put') mirror.put(key, event.object);
    else mirror.remove(key);
  }
}

/** The cache and those who want to hear of its changes. */
class Mirror<K extends string> {
  readonly cache: InformerCache<ObjectOf<K>>;
  private readonly logger: Logger;
  private readonly kind: string;
  private readonly handlers = new Set<InformerHandler<ObjectOf<K>>>();

  constructor(options: InformerOptions<K>) {
    this.cache = new InformerCache(options.indices ?? {});
    this.logger = options.logger ?? silentLogger;
    this.kind = options.kind;
  }

  subscribe(handler: InformerHandler<ObjectOf<K>>): () => void {
    this.handlers.add(handler);
    for (const object of this.cache.list()) this.guard(() => handler.onUpsert?.(object, undefined));
    return () => this.handlers.delete(handler);
  }

  put(key: string, object: ObjectOf<K>): void {
    const known = this.cache.get(key);
    if (known?.metadata.uid !== object.metadata.uid) this.remove(key);
    else if (known.metadata.resourceVersion === object.metadata.resourceVersion) return;
    const old = this.cache.get(key);
    this.cache.set(key, object);
    this.tell((handler) => handler.onUpsert?.(object, old));
  }

  remove(key: string): void {
    const known = this.cache.get(key);
    if (known === undefined) return;
    this.cache.delete(key);
    this.tell((handler) => handler.onDelete?.(known));
  }

  private tell(call: (handler: InformerHandler<ObjectOf<K>>) => void): void {
    for (const handler of this.handlers) this.guard(() => call(handler));
  }

  /** A handler that throws must not end the cache of all others. */
  private guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.logger.error({ key: this.kind, err: error }, 'informer handler failed');
    }
  }
}
