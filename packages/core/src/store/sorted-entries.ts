/**
 * Entries in the order of their keys, for lists by prefix: chunks of sorted arrays, so that adding one of 100,000 moves a few
 * hundred references and not all of them.
 */

const chunkMax = 512;

export class SortedEntries<T extends { readonly key: string }> {
  private readonly chunks: T[][] = [];

  /** Takes the place of the one with the same key. */
  set(entry: T): void {
    const at = this.chunkOf(entry.key);
    const chunk = this.chunks[at];
    if (chunk === undefined) {
      this.chunks.push([entry]);
      return;
    }
    const index = lowerBound(chunk, entry.key);
    if (chunk[index]?.key === entry.key) {
      chunk[index] = entry;
      return;
    }
    chunk.splice(index, 0, entry);
    if (chunk.length > chunkMax) this.chunks.splice(at + 1, 0, chunk.splice(chunkMax / 2));
  }

  delete(key: string): void {
    const at = this.chunkOf(key);
    const chunk = this.chunks[at];
    if (chunk === undefined) return;
    const index = lowerBound(chunk, key);
    if (chunk[index]?.key !== key) return;
    chunk.splice(index, 1);
    if (chunk.length === 0) this.chunks.splice(at, 1);
  }

  /** Those whose keys begin with the prefix, in order. */
  withPrefix(prefix: string): readonly T[] {
    const found: T[] = [];
    for (let at = this.chunkOf(prefix); at < this.chunks.length; at += 1) {
      const chunk = this.chunks[at] as T[];
      const from = lowerBound(chunk, prefix);
      // Whatever lies between two keys with the prefix has it too.
      const isWhole = chunk.at(-1)?.key.startsWith(prefix) === true;
      for (let i = from; i < chunk.length; i += 1) {
        const entry = chunk[i] as T;
        if (!isWhole && !entry.key.startsWith(prefix)) return found;
        found.push(entry);
      }
    }
    return found;
  }

  /** The last chunk whose first key is not greater than `key`; the first one when there is none. */
  private chunkOf(key: string): number {
    let low = 0;
    let high = this.chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.chunks[middle]?.[0]?.key ?? '') <= key) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** The first index whose key is not smaller than `key`. */
function lowerBound(entries: readonly { readonly key: string }[], key: string): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.key ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
