/** What a store holds in memory: entries by key, listed by prefix in the order of their keys. */

import type { StoreEntry } from '../contract/store.ts';
import { SortedEntries } from './sorted-entries.ts';

export class EntryTable {
  private readonly entries = new Map<string, StoreEntry>();
  private readonly sorted = new SortedEntries<StoreEntry>();

  get size(): number {
    return this.entries.size;
  }

  get(key: string): StoreEntry | undefined {
    return this.entries.get(key);
  }

  put(entry: StoreEntry): void {
    this.entries.set(entry.key, entry);
    this.sorted.set(entry);
  }

  remove(key: string): void {
    if (this.entries.delete(key)) this.sorted.delete(key);
  }

  list(prefix: string): readonly StoreEntry[] {
    return this.sorted.withPrefix(prefix);
  }
}
