/** A cache of all objects of a kind, kept up to date by list and watch; its laws are those of `contract/informer.ts`. */

import type { Clock } from '../contract/clock.ts';
import type { IndexFunction, Informer, InformerHandler } from '../contract/informer.ts';
import { type Logger, silentLogger } from '../contract/logger.ts';
import type { Revision } from '../contract/store.ts';
import { sleep } from '../engine/abortable.ts';
import { InformerCache } from './informer-cache.ts';
import { InformerWaits } from './informer-waits.ts';
import { type ObjectOf, objectKey } from './keys.ts';
import type { ObjectStore } from './object-store.ts';

export type { IndexFunction, Informer, InformerHandler } from '../contract/informer.ts';

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
    subscribeTo: (index, value, handler) => mirror.subscribeTo(index, value, handler),
    get revision() {
      return mirror.revision;
    },
    whenSeen: (revision, until) => mirror.waits.seen(revision, mirror.revision, until),
    whenGone: (namespace, name, uid, until) => {
      const key = objectKey({ kind, namespace, name });
      const isThere = mirror.cache.get(key)?.metadata.uid === uid;
      return isThere ? mirror.waits.gone(key, uid, until) : Promise.resolve();
    },
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
  let isSynced = false;
  for await (const event of objects.watch(kind, namespace, { signal })) {
    if (event.type === 'synced') {
      for (const key of unseen) mirror.remove(key);
      unseen.clear();
      isSynced = true;
      mirror.reached(event.revision);
      onSynced();
      continue;
    }
    const { name, namespace: within } = event.object.metadata;
    const key = objectKey({ kind, namespace: within, name });
    unseen.delete(key);
    if (event.type === 'put') mirror.put(key, event.object);
    else mirror.remove(key);
    // Before `synced` the events come in the order of their names.
    if (isSynced) mirror.reached(event.revision);
  }
}

/** The cache and those who want to hear of its changes. */
class Mirror<K extends string> {
  readonly cache: InformerCache<ObjectOf<K>>;
  readonly waits = new InformerWaits();
  revision: Revision = 0;
  private readonly logger: Logger;
  private readonly kind: string;
  private readonly handlers = new Set<InformerHandler<ObjectOf<K>>>();
  /** By index and value. */
  private readonly narrowHandlers = new Map<string, Map<string, Set<InformerHandler<ObjectOf<K>>>>>();

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

  subscribeTo(index: string, value: string, handler: InformerHandler<ObjectOf<K>>): () => void {
    const known = this.cache.byIndex(index, value);
    const byValue = this.narrowHandlers.get(index) ?? new Map<string, Set<InformerHandler<ObjectOf<K>>>>();
    this.narrowHandlers.set(index, byValue);
    const handlers = byValue.get(value) ?? new Set();
    byValue.set(value, handlers.add(handler));
    for (const object of known) this.guard(() => handler.onUpsert?.(object, undefined));
    return () => {
      handlers.delete(handler);
      if (handlers.size === 0 && byValue.get(value) === handlers) byValue.delete(value);
    };
  }

  put(key: string, object: ObjectOf<K>): void {
    const known = this.cache.get(key);
    if (known?.metadata.uid !== object.metadata.uid) this.remove(key);
    else if (known.metadata.resourceVersion === object.metadata.resourceVersion) return;
    const old = this.cache.get(key);
    // One object that cannot be found by an index keeps no other one out.
    if (!this.guard(() => this.cache.set(key, object))) return;
    for (const handler of this.handlers) this.guard(() => handler.onUpsert?.(object, old));
    this.tellNarrow(object, old);
  }

  remove(key: string): void {
    const known = this.cache.get(key);
    if (known === undefined) return;
    this.cache.delete(key);
    for (const handler of this.handlers) this.guard(() => handler.onDelete?.(known));
    for (const [index, byValue] of this.narrowHandlers)
      for (const value of this.cache.valuesOf(index, known)) this.tellGone(byValue.get(value), known);
    this.waits.removed(key, known.metadata.uid);
  }

  /** All events up to this revision have been handled. */
  reached(revision: Revision): void {
    if (revision <= this.revision) return;
    this.revision = revision;
    this.waits.reached(revision);
  }

  private tellNarrow(object: ObjectOf<K>, old: ObjectOf<K> | undefined): void {
    for (const [index, byValue] of this.narrowHandlers) {
      const before = old === undefined ? [] : this.cache.valuesOf(index, old);
      const now = this.cache.valuesOf(index, object);
      for (const value of before)
        if (old !== undefined && !now.includes(value)) this.tellGone(byValue.get(value), old);
      for (const value of now)
        for (const handler of byValue.get(value) ?? [])
          this.guard(() => handler.onUpsert?.(object, before.includes(value) ? old : undefined));
    }
  }

  private tellGone(
    handlers: ReadonlySet<InformerHandler<ObjectOf<K>>> | undefined,
    known: ObjectOf<K>,
  ): void {
    for (const handler of handlers ?? []) this.guard(() => handler.onDelete?.(known));
  }

  /** What throws must not end the cache of all others. */
  private guard(call: () => void): boolean {
    try {
      call();
      return true;
    } catch (error) {
      this.logger.error({ key: this.kind, err: error }, 'informer handler failed');
      return false;
    }
  }
}
