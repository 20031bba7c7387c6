/**
 * Read your own writes: what a controller wrote for one of its objects, until its caches have seen it. This takes the
 * place of Kubernetes' expectations, which count what ought to be seen and give up after five minutes; here a revision
 * says whether it was seen, so a slow watch can never lead to too many pods.
 */

import type { ObjectOf } from '../api/known-kinds.ts';
import type { ApiObject } from '../api/meta.ts';
import type { Informer } from '../contract/informer.ts';
import type { ObjectStore } from '../contract/object-store.ts';

type Cache = Informer<ObjectOf<string>>;

/** Everything that was written for one object and that a cache may not have seen. */
interface Unseen {
  /** By kind: the last revision written. */
  readonly revisions: Map<string, number>;
  /** Objects that were removed. */
  readonly removals: Map<string, { readonly kind: string; readonly object: ApiObject }>;
}

/** So many entries may wait to be asked for. */
const sweepAtMin = 1024;

export class WriteLedger {
  private readonly cacheOf: (kind: string) => Cache | undefined;
  private readonly unseen = new Map<string, Unseen>();
  private sweepAt = sweepAtMin;

  /** `cacheOf` gives `undefined` for a kind that is not cached: what is written of it need not be seen. */
  constructor(cacheOf: (kind: string) => Cache | undefined) {
    this.cacheOf = cacheOf;
  }

  /** Have the caches seen all that was written for this object? What they have seen is forgotten. */
  isSeen(id: string): boolean {
    const unseen = this.unseen.get(id);
    if (unseen === undefined) return true;
    for (const [kind, revision] of unseen.revisions)
      if ((this.cacheOf(kind)?.revision ?? revision) >= revision) unseen.revisions.delete(kind);
    for (const [key, { kind, object }] of unseen.removals)
      if (!isCached(this.cacheOf(kind), object)) unseen.removals.delete(key);
    if (unseen.revisions.size > 0 || unseen.removals.size > 0) return false;
    this.unseen.delete(id);
    return true;
  }

  /** Resolves when `isSeen`. */
  async whenSeen(id: string, signal: AbortSignal): Promise<void> {
    const { revisions, removals } = this.unseen.get(id) ?? { revisions: new Map(), removals: new Map() };
    const waits = [...revisions].map(([kind, revision]) => this.cacheOf(kind)?.whenSeen(revision, signal));
    const gone = [...removals.values()].map(({ kind, object: { metadata } }) =>
      this.cacheOf(kind)?.whenGone(metadata.namespace, metadata.name ?? '', metadata.uid ?? '', signal),
    );
    await Promise.all([...waits, ...gone]);
    // What was written before one of them was waited for is seen now; the rest is asked again.
    this.isSeen(id);
  }

  /** What is still missing, in words. */
  describe(id: string): string {
    const { revisions, removals } = this.unseen.get(id) ?? { revisions: new Map(), removals: new Map() };
    const behind = [...revisions].map(
      ([kind, revision]) => `${kind} at revision ${revision} (cache: ${this.cacheOf(kind)?.revision})`,
    );
    const kept = [...removals.values()].map(
      ({ kind, object }) => `removal of ${kind} ${object.metadata.name}`,
    );
    return [...behind, ...kept].join(', ');
  }

  /** The store, with all writes noted for this object. */
  recording(id: string, objects: ObjectStore): ObjectStore {
    const wrote = <T extends ApiObject>(object: T): T => {
      this.wrote(id, object);
      return object;
    };
    return {
      get: objects.get.bind(objects),
      list: objects.list.bind(objects),
      watch: objects.watch.bind(objects),
      create: async (object, options) => wrote(await objects.create(object, options)),
      update: async (object, signal) => wrote(await objects.update(object, signal)),
      updateStatus: async (object, signal) => wrote(await objects.updateStatus(object, signal)),
      patchWith: async (kind, namespace, name, change, options) =>
        wrote(await objects.patchWith(kind, namespace, name, change, options)),
      bind: async (binding, signal) => wrote(await objects.bind(binding, signal)),
      delete: async (kind, namespace, name, options) => {
        const left = await objects.delete(kind, namespace, name, options);
        this.deleted(id, left);
        return left;
      },
    };
  }

  private wrote(id: string, { kind, metadata }: ApiObject): void {
    if (this.cacheOf(kind) === undefined) return;
    const { revisions } = this.entry(id);
    revisions.set(kind, Math.max(revisions.get(kind) ?? 0, Number(metadata.resourceVersion ?? 0)));
  }

  /** An object that is gone comes back as it was; one that has been marked comes back with its mark. */
  private deleted(id: string, left: ApiObject): void {
    const { kind, metadata } = left;
    if (metadata.deletionTimestamp !== undefined) this.wrote(id, left);
    else if (this.cacheOf(kind) !== undefined)
      this.entry(id).removals.set(metadata.uid ?? '', { kind, object: left });
  }

  private entry(id: string): Unseen {
    const known = this.unseen.get(id);
    if (known !== undefined) return known;
    if (this.unseen.size >= this.sweepAt) this.sweep();
    const entry: Unseen = { revisions: new Map(), removals: new Map() };
    this.unseen.set(id, entry);
    return entry;
  }

  /** Who asks for the last time does so before its last writes are seen: what has been seen since is forgotten here. */
  private sweep(): void {
    for (const id of [...this.unseen.keys()]) this.isSeen(id);
    this.sweepAt = Math.max(sweepAtMin, 2 * this.unseen.size);
  }
}

function isCached(cache: Cache | undefined, { metadata }: ApiObject): boolean {
  return cache?.get(metadata.namespace, metadata.name ?? '')?.metadata.uid === metadata.uid;
}
