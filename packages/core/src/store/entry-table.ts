/** What a store holds in memory: entries by key, listed by prefix in the order of their keys. */

import type { StoreEntry } from '../contract/store.ts';
import { SortedKeys } from './sorted-keys.ts';

export class EntryTable {
  private readonly entries = new Map<string, StoreEntry>();
  private readonly sorted = new SortedKeys();

  get size(): number {
    return this.entries.size;
  }

  get(key: string): StoreEntry | undefined {
    return this.entries.get(key);
  }

  put(entry: StoreEntry): void {
    const { key } = entry;
    if (!this.entries.has(key)) this.sorted.add(key);
    this.entries.set(key, entry);
  }

  remove(key: string): void {
    if (this.entries.delete(key)) this.sorted.delete(key);
  }

  list(prefix: string): readonly StoreEntry[] {
    const found: StoreEntry[] = [];
    for (const key of this.sorted.withPrefix(prefix)) {
      const entry = this.entries.get(key);
      if (entry !== undefined) found.push(entry);
    }
    return found;
  }
}
