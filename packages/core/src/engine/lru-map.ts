/** A map that forgets what was used longest ago once it is full. */
export class LruMap<K, V> {
  private readonly sizeMax: number;
  private readonly entries = new Map<K, V>();
  /**
   * Stands before the entry used longest ago. It is kept from one eviction to the next, because a new iterator would
   * walk over the holes that evicted and refreshed entries leave at the front of the Map.
   */
  private readonly oldest = this.entries.keys();

  constructor(sizeMax: number) {
    this.sizeMax = sizeMax;
  }

  get size(): number {
    return this.entries.size;
  }

  /** Reading counts as use. */
  get(key: K): V | undefined {
    const value = this.entries.get(key);
    if (value === undefined) return undefined;
    this.entries.delete(key);
    this.entries.set(key, value);
    return value;
  }

  set(key: K, value: V): void {
    this.entries.delete(key);
    this.entries.set(key, value);
    if (this.entries.size <= this.sizeMax) return;
    const next = this.oldest.next();
    if (!next.done) this.entries.delete(next.value);
  }
}
