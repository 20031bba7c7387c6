/**
 * Keys in order, for lists by prefix: chunks of sorted arrays, so that adding one of 100,000 keys moves a few hundred
 * references and not all of them.
 */

const chunkMax = 512;

export class SortedKeys {
  private readonly chunks: string[][] = [];

  add(key: string): void {
    const at = this.chunkOf(key);
    const chunk = this.chunks[at];
    if (chunk === undefined) {
      this.chunks.push([key]);
      return;
    }
    const index = lowerBound(chunk, key);
    if (chunk[index] === key) return;
    chunk.splice(index, 0, key);
    if (chunk.length > chunkMax) this.chunks.splice(at + 1, 0, chunk.splice(chunkMax / 2));
  }

  delete(key: string): void {
    const at = this.chunkOf(key);
    const chunk = this.chunks[at];
    if (chunk === undefined) return;
    const index = lowerBound(chunk, key);
    if (chunk[index] !== key) return;
    chunk.splice(index, 1);
    if (chunk.length === 0) this.chunks.splice(at, 1);
  }

  /** Calls `visit` with each key that begins with the prefix, in order. */
  forEachWithPrefix(prefix: string, visit: (key: string) => void): void {
    for (let at = this.chunkOf(prefix); at < this.chunks.length; at += 1) {
      const chunk = this.chunks[at] as string[];
      for (let i = lowerBound(chunk, prefix); i < chunk.length; i += 1) {
        const key = chunk[i] as string;
        if (!key.startsWith(prefix)) return;
        visit(key);
      }
    }
  }

  /** The last chunk whose first key is not greater than `key`; the first one when there is none. */
  private chunkOf(key: string): number {
    let low = 0;
    let high = this.chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.chunks[middle]?.[0] ?? '') <= key) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** The first index whose key is not smaller than `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
