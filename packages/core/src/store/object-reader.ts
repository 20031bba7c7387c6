/** The reading half of the object store. */

import { shapeProblem } from '../api/object-shape.ts';
import { errorMessage } from '../contract/error.ts';
import type { Revision, Store, StoreEntry, StoreValue, WatchEvent, WatchOptions } from '../contract/store.ts';
import { kindPrefix, nameInKey, type ObjectOf, objectKey } from './keys.ts';
import type { ObjectEvent, ObjectList } from './object-store.ts';
import { viewOf } from './object-view.ts';

/** A value that cannot be used as an object: it is not shown, and stays where it is. */
export interface UnusableValue {
  readonly key: string;
  readonly revision: Revision;
  /** With the path of the field. */
  readonly why: string;
}

export class ObjectReader {
  private readonly store: Store;
  private readonly onUnusable: (value: UnusableValue) => void;
  /** What was found of values that are checked already; `''`: nothing is wrong. */
  private readonly checked = new WeakMap<StoreValue, string>();

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
    const { entries, revision } = await this.store.list(kindPrefix(kind, namespace), options.signal);
    const items: ObjectOf<K>[] = [];
    for (const entry of entries) {
      if (!this.isUsable(kind, entry)) continue;
      // The raw value lacks the resource version only, which is no ground to choose by.
      if (options.filter !== undefined && !options.filter(entry.value as ObjectOf<K>)) continue;
      const object = this.read(kind, entry);
      if (object !== undefined) items.push(object);
    }
    return { items, revision };
  }

  watch<K extends string>(
    kind: K,
    namespace: string | undefined,
    options: WatchOptions,
  ): AsyncIterable<ObjectEvent<ObjectOf<K>>> {
    // Called here and not in the generator, so that the watch is active before it is read.
    return this.readEvents(kind, this.store.watch(kindPrefix(kind, namespace), options));
  }

  private async *readEvents<K extends string>(
    kind: K,
    events: AsyncIterable<WatchEvent>,
  ): AsyncIterable<ObjectEvent<ObjectOf<K>>> {
    for await (const event of events) {
      if (event.type === 'synced') {
        yield event;
        continue;
      }
      const object = this.read(kind, event) ?? (event.type === 'delete' ? lastSeen(kind, event) : undefined);
      if (object !== undefined) yield { type: event.type, object, revision: event.revision };
    }
  }

  /** The boundary between what a store holds and the types: objects are validated when they are admitted, not when read. */
  private read<K extends string>(kind: K, entry: StoreEntry): ObjectOf<K> | undefined {
    return this.isUsable(kind, entry)
      ? (viewOf(entry.value, entry.revision) as ObjectOf<K> | undefined)
      : undefined;
  }

  private isUsable(kind: string, { key, value, revision }: StoreEntry): boolean {
    const known = this.checked.get(value);
    if (known !== undefined) return known === '';
    const why = problemOf(kind, key, value) ?? '';
    this.checked.set(value, why);
    if (why !== '') this.onUnusable({ key, revision, why });
    return why === '';
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
