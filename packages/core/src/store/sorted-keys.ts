/**
 * Keys in their order, for lists by prefix: chunks of sorted arrays, so that adding one to 100,000 moves a few hundred
 * references and not all of them. New keys are put in their place once somebody looks: thousands may come before that.
 */

const chunkMax = 512;

export class SortedKeys {
  private chunks: string[][] = [];
  private size = 0;
  private readonly unsorted: string[] = [];

  /** The key must not be there yet. */
  add(key: string): void {
    this.unsorted.push(key);
    this.size += 1;
  }

  delete(key: string): void {
    this.settle();
    const at = this.chunkOf(key);
    const chunk = this.chunks[at];
    if (chunk === undefined) return;
    const index = lowerBound(chunk, key);
    if (chunk[index] !== key) return;
    chunk.splice(index, 1);
    this.size -= 1;
    if (chunk.length === 0) this.chunks.splice(at, 1);
  }

  /** Those that begin with the prefix, in order. */
  withPrefix(prefix: string): readonly string[] {
    this.settle();
    const found: string[] = [];
    for (let at = this.chunkOf(prefix); at < this.chunks.length; at += 1) {
      const chunk = this.chunks[at] as string[];
      const from = lowerBound(chunk, prefix);
      // Whatever lies between two keys with the prefix has it too.
      const isWhole = chunk.at(-1)?.startsWith(prefix) === true;
      for (let i = from; i < chunk.length; i += 1) {
        const key = chunk[i] as string;
        if (!isWhole && !key.startsWith(prefix)) return found;
        found.push(key);
      }
    }
    return found;
  }

  /** A few new ones go to their places one by one; of many all are sorted at once. */
  private settle(): void {
    const { unsorted } = this;
    if (unsorted.length === 0) return;
    if (unsorted.length * 16 < this.size) for (const key of unsorted) this.insert(key);
    else this.chunks = chunked(this.chunks.flat().concat(unsorted).sort());
    unsorted.length = 0;
  }

  private insert(key: string): void {
    const at = this.chunkOf(key);
    const chunk = this.chunks[at];
    if (chunk === undefined) {
      this.chunks.push([key]);
      return;
    }
    chunk.splice(lowerBound(chunk, key), 0, key);
    if (chunk.length > chunkMax) this.chunks.splice(at + 1, 0, chunk.splice(chunkMax / 2));
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

function chunked(keys: readonly string[]): string[][] {
  const chunks: string[][] = [];
  for (let i = 0; i < keys.length; i += chunkMax / 2) chunks.push(keys.slice(i, i + chunkMax / 2));
  return chunks;
}

/** The first index whose key is not smaller than `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
