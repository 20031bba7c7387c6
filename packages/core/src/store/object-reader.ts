/** The reading half of the object store. */

import type { Store, StoreEntry, WatchEvent, WatchOptions } from '../contract/store.ts';
import { kindPrefix, type ObjectOf, objectKey } from './keys.ts';
import type { ObjectEvent, ObjectList } from './object-store.ts';
import { viewOf } from './object-view.ts';

export class ObjectReader {
  private readonly store: Store;

  constructor(store: Store) {
    this.store = store;
  }

  async get<K extends string>(
    kind: K,
    namespace: string | undefined,
    name: string,
    signal?: AbortSignal,
  ): Promise<ObjectOf<K> | undefined> {
    const entry = await this.store.get(objectKey({ kind, namespace, name }), signal);
    return entry === undefined ? undefined : read<K>(entry);
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
      // The raw value lacks the resource version only, which is no ground to choose by.
      if (options.filter !== undefined && !options.filter(entry.value as ObjectOf<K>)) continue;
      const object = read<K>(entry);
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
    return readEvents<K>(this.store.watch(kindPrefix(kind, namespace), options));
  }
}

async function* readEvents<K extends string>(
  events: AsyncIterable<WatchEvent>,
): AsyncIterable<ObjectEvent<ObjectOf<K>>> {
  for await (const event of events) {
    if (event.type === 'synced') {
      yield event;
      continue;
    }
    const object = read<K>(event);
    if (object !== undefined) yield { type: event.type, object, revision: event.revision };
  }
}

/** The boundary between what a store holds and the types: objects are checked when they are admitted, not when read. */
function read<K extends string>(entry: Pick<StoreEntry, 'value' | 'revision'>): ObjectOf<K> | undefined {
  return viewOf(entry.value, entry.revision) as ObjectOf<K> | undefined;
}
