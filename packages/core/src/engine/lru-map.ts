/** So many uses after an eviction there is no hurry about the next one. */
const usesMax = 64;

/** A map that forgets what was used longest ago once it is full. */
export class LruMap<K, V> {
  private readonly sizeMax: number;
  private readonly entries = new Map<K, V>();
  /**
   * Stands before the entry used longest ago. It is kept from one eviction to the next, because a new iterator would
   * walk over the holes that evicted and refreshed entries leave at the front of the Map; but not for long: an iterator
   * that stands still keeps every table that the Map has ever had.
   */
  private oldest: Iterator<K> | undefined;
  private usesSinceEviction = 0;
  /** Used last: another use of it changes nothing. */
  private newest: K | undefined;

  constructor(sizeMax: number) {
    this.sizeMax = sizeMax;
  }

  get size(): number {
    return this.entries.size;
  }

  /** Reading counts as use. */
  get(key: K): V | undefined {
    const value = this.entries.get(key);
    if (value !== undefined && key !== this.newest) this.refresh(key, value);
    return value;
  }

  set(key: K, value: V): void {
    this.refresh(key, value);
    if (this.entries.size <= this.sizeMax) return;
    this.oldest ??= this.entries.keys();
    this.usesSinceEviction = 0;
    const next = this.oldest.next();
    if (!next.done) this.entries.delete(next.value);
  }

  delete(key: K): void {
    this.entries.delete(key);
    if (key === this.newest) this.newest = undefined;
  }

  private refresh(key: K, value: V): void {
    this.entries.delete(key);
    this.entries.set(key, value);
    this.newest = key;
    this.usesSinceEviction += 1;
    if (this.usesSinceEviction > usesMax) this.oldest = undefined;
  }
}
