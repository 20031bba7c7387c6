/** The reading half of the object store. */

import type { ApiObject } from '../api/meta.ts';
import { shapeProblem } from '../api/object-shape.ts';
import { errorMessage } from '../contract/error.ts';
import type { Revision, Store, StoreEntry, StoreValue, WatchEvent, WatchOptions } from '../contract/store.ts';
import { kindPrefix, nameInKey, type ObjectOf, objectKey } from './keys.ts';
import { ListMemory } from './list-memory.ts';
import type { ObjectEvent, ObjectList } from './object-store.ts';
import { knownView, viewOf } from './object-view.ts';

/** A value that cannot be used as an object: it is not shown, and stays where it is. */
export interface UnusableValue {
  readonly key: string;
  readonly revision: Revision;
  /** With the path of the field. */
  readonly why: string;
}

/** Namespaces come and go. */
const listsMax = 256;

export class ObjectReader {
  private readonly store: Store;
  private readonly onUnusable: (value: UnusableValue) => void;
  /** Of values that were looked at and have no view. */
  private readonly seen = new WeakMap<StoreValue, 'usable' | 'unusable'>();
  /** Of the last lists, by prefix. */
  private readonly lists = new Map<string, ListMemory<StoreEntry, ApiObject | undefined>>();

  /** `onUnusable` is told once of each. */
  constructor(store: Store, onUnusable: (value: UnusableValue) => void = () => {}) {
    this.store = store;
    this.onUnusable = onUnusable;
  }

  async get<K extends string>(
    kind: K,
    namespace: string | undefined,
    name: string,
    signal?: AbortSignal,
  ): Promise<ObjectOf<K> | undefined> {
    const entry = await this.store.get(objectKey({ kind, namespace, name }), signal);
    return entry === undefined ? undefined : this.read(kind, entry);
  }

  async list<K extends string>(
    kind: K,
    namespace?: string,
    options: {
      readonly filter?: (object: ObjectOf<K>) => boolean;
      readonly signal?: AbortSignal | undefined;
    } = {},
  ): Promise<ObjectList<ObjectOf<K>>> {
    const prefix = kindPrefix(kind, namespace);
    const { entries, revision } = await this.store.list(prefix, options.signal);
    const { filter } = options;
    const items =
      filter === undefined
        ? this.memoryOf(prefix).map(entries, (entry, known) => known ?? this.read(kind, entry))
        : // The raw value lacks the resource version only, which is no ground to choose by.
          entries
            .filter((entry) => this.isUsable(kind, entry) && filter(entry.value as ObjectOf<K>))
            .map((entry) => this.read(kind, entry));
    const usable = items.includes(undefined) ? items.filter((object) => object !== undefined) : items;
    return { items: usable as readonly ObjectOf<K>[], revision };
  }

  private memoryOf(prefix: string): ListMemory<StoreEntry, ApiObject | undefined> {
    const known = this.lists.get(prefix);
    if (known !== undefined) return known;
    if (this.lists.size >= listsMax) this.lists.clear();
    const made = new ListMemory<StoreEntry, ApiObject | undefined>((a, b) => a.key < b.key);
    this.lists.set(prefix, made);
    return made;
  }

  watch<K extends string>(
    kind: K,
    namespace: string | undefined,
    options: WatchOptions,
  ): AsyncIterable<ObjectEvent<ObjectOf<K>>> {
    const events = this.store.watch(kindPrefix(kind, namespace), options);
    return new MappedEvents(events, (event) => this.readEvent(kind, event));
  }

  private readEvent<K extends string>(kind: K, event: WatchEvent): ObjectEvent<ObjectOf<K>> | undefined {
    if (event.type === 'synced') return event;
    const object = this.read(kind, event) ?? (event.type === 'delete' ? lastSeen(kind, event) : undefined);
    return object === undefined ? undefined : { type: event.type, object, revision: event.revision };
  }

  /** The boundary between what a store holds and the types: objects are validated when they are admitted, not when read. */
  private read<K extends string>(kind: K, entry: StoreEntry): ObjectOf<K> | undefined {
    const { value, revision } = entry;
    // One look for each object, where it was read before: in a list of thousands, looks are what takes the time.
    const known = knownView(value, revision);
    if (known !== undefined) return known as ObjectOf<K>;
    const seen = this.seen.get(value);
    if (seen === 'unusable' || (seen === undefined && !this.isWell(kind, entry))) return undefined;
    return viewOf(value, revision) as ObjectOf<K> | undefined;
  }

  /** Without a view, which few of those get that a filter looks at. */
  private isUsable(kind: string, entry: StoreEntry): boolean {
    const { value, revision } = entry;
    if (knownView(value, revision) !== undefined) return true;
    const seen = this.seen.get(value);
    if (seen !== undefined) return seen === 'usable';
    const isWell = this.isWell(kind, entry);
    if (isWell) this.seen.set(value, 'usable');
    return isWell;
  }

  /** Looks at what nobody has looked at. What is not well is told, and known from then on. */
  private isWell(kind: string, { key, value, revision }: StoreEntry): boolean {
    const why = problemOf(kind, key, value);
    if (why === undefined) return true;
    this.seen.set(value, 'unusable');
    this.onUnusable({ key, revision, why });
    return false;
  }
}

function problemOf(kind: string, key: string, value: StoreValue): string | undefined {
  const problem = shapeProblem(kind, value);
  if (problem !== undefined) return problem;
  const { metadata } = value as { readonly metadata: { readonly name: string; readonly namespace?: string } };
  try {
    return objectKey({ kind, ...metadata }) === key ? undefined : `metadata.name: must be that of ${key}`;
  } catch (error) {
    return errorMessage(error);
  }
}

/** What cannot be used was perhaps seen when it could be, and is no more. */
function lastSeen<K extends string>(kind: K, { key, revision }: StoreEntry): ObjectOf<K> | undefined {
  const value = { apiVersion: '', kind, metadata: nameInKey(key) };
  return viewOf(value, revision) as ObjectOf<K> | undefined;
}

/** What a function makes of each event, without those of which it makes nothing. A generator would take a turn more for each. */
class MappedEvents<From, To> implements AsyncIterableIterator<To, undefined> {
  private readonly events: AsyncIterator<From>;
  private readonly map: (event: From) => To | undefined;

  constructor(events: AsyncIterable<From>, map: (event: From) => To | undefined) {
    this.events = events[Symbol.asyncIterator]();
    this.map = map;
  }

  async next(): Promise<IteratorResult<To, undefined>> {
    for (;;) {
      const { done, value } = await this.events.next();
      if (done === true) return { done: true, value: undefined };
      try {
        const mapped = this.map(value);
        if (mapped !== undefined) return { done: false, value: mapped };
      } catch (error) {
        await this.events.return?.();
        throw error;
      }
    }
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    await this.events.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
