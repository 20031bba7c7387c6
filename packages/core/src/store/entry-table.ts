/** What a store holds in memory: entries by key, listed by prefix in the order of their keys. */

import type { StoreEntry } from '../contract/store.ts';
import { type Keyed, SortedByKey } from './sorted-by-key.ts';

/** Where the entry of a key lies: lists find it without a look for each key. */
interface Slot extends Keyed {
  entry: StoreEntry;
}

export class EntryTable {
  private readonly slots = new Map<string, Slot>();
  private readonly sorted = new SortedByKey<Slot>();

  get size(): number {
    return this.slots.size;
  }

  get(key: string): StoreEntry | undefined {
    return this.slots.get(key)?.entry;
  }

  put(entry: StoreEntry): void {
    const { key } = entry;
    const known = this.slots.get(key);
    if (known !== undefined) {
      known.entry = entry;
      return;
    }
    const slot = { key, entry };
    this.slots.set(key, slot);
    this.sorted.add(slot);
  }

  remove(key: string): void {
    if (this.slots.delete(key)) this.sorted.delete(key);
  }

  list(prefix: string): readonly StoreEntry[] {
    return this.sorted.withPrefix(prefix, entryOf);
  }
}

function entryOf({ entry }: Slot): StoreEntry {
  return entry;
}
