/** Caches of all objects of a kind, kept up to date by list and watch. */

import type { Revision } from './store.ts';

/** The values under which an object is found in an index; several, one, or none. */
export type IndexFunction<T> = (object: T) => readonly string[] | string | undefined;

/** Who hears of changes in a cache. Called in order, one at a time; what it throws is logged. */
export interface InformerHandler<T> {
  /** `old` is the state that was told last; absent when the object is new. */
  onUpsert?(object: T, old: T | undefined): void;
  /** The last state that is known. */
  onDelete?(object: T): void;
}

/** What is known of the objects of a kind. It may be behind the store, never ahead of it. */
export interface ObjectCache<T> {
  get(namespace: string | undefined, name: string): T | undefined;
  /** All objects, in the order in which they became known. */
  list(): readonly T[];
  /** Throws for an index that was not declared. */
  byIndex(index: string, value: string): readonly T[];
}

/**
 * Handlers hear of differences, not of every write: states may be skipped, but the last one never is, and no deletion is
 * lost, not even one that happened while the watch was down. An object that was deleted and created again under the same
 * name is told as a deletion and a new object.
 */
export interface Informer<T> extends ObjectCache<T> {
  /** Tells the handler of all that is known, then of every difference. The function given back takes it off. */
  subscribe(handler: InformerHandler<T>): () => void;
  /**
   * As `subscribe`, for the objects with this value in an index, and at no cost for all others: one that gets another
   * value is told as deleted, one that gets this value as new.
   */
  subscribeTo(index: string, value: string, handler: InformerHandler<T>): () => void;
  /** Everything that was written up to this revision is in the cache. */
  readonly revision: Revision;
  /** Resolves once `revision` has been reached; rejects when the signal aborts before. */
  whenSeen(revision: Revision, signal: AbortSignal): Promise<void>;
  /** Resolves once the cache does not hold this object any more; rejects when the signal aborts before. */
  whenGone(namespace: string | undefined, name: string, uid: string, signal: AbortSignal): Promise<void>;
  /** Resolves when the cache holds everything that existed at the start; rejects when the signal aborts before. */
  readonly synced: Promise<void>;
  /** Resolves when the informer has ended. */
  readonly done: Promise<void>;
}
