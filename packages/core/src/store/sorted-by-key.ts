/**
 * What has a key, in the order of keys, for lists by prefix: chunks of sorted arrays, so that adding one to 100,000 moves a few hundred
 * references and not all of them. New keys are put in their place once somebody looks: thousands may come before that.
 */

const chunkMax = 512;

export interface Keyed {
  readonly key: string;
}

export class SortedByKey<T extends Keyed> {
  private chunks: T[][] = [];
  private size = 0;
  private readonly unsorted: T[] = [];

  /** Its key must not be there yet. */
  add(item: T): void {
    this.unsorted.push(item);
    this.size += 1;
  }

  delete(key: string): void {
    this.settle();
    const at = this.chunkOf(key);
    const chunk = this.chunks[at];
    if (chunk === undefined) return;
    const index = lowerBound(chunk, key);
    if (chunk[index]?.key !== key) return;
    chunk.splice(index, 1);
    this.size -= 1;
    if (chunk.length === 0) this.chunks.splice(at, 1);
  }

  /** What `pick` makes of each whose key begins with the prefix, in order. */
  withPrefix<Picked>(prefix: string, pick: (item: T) => Picked): readonly Picked[] {
    this.settle();
    const found: Picked[] = [];
    for (let at = this.chunkOf(prefix); at < this.chunks.length; at += 1) {
      const chunk = this.chunks[at] as T[];
      const from = lowerBound(chunk, prefix);
      // Whatever lies between two keys with the prefix has it too.
      const isWhole = chunk.at(-1)?.key.startsWith(prefix) === true;
      for (let i = from; i < chunk.length; i += 1) {
        const item = chunk[i] as T;
        if (!isWhole && !item.key.startsWith(prefix)) return found;
        found.push(pick(item));
      }
    }
    return found;
  }

  /** A few new ones go to their places one by one; of many all are sorted at once. */
  private settle(): void {
    const { unsorted } = this;
    if (unsorted.length === 0) return;
    if (unsorted.length * 16 < this.size) for (const item of unsorted) this.insert(item);
    else this.chunks = chunked(this.chunks.flat().concat(unsorted).sort(byKey));
    unsorted.length = 0;
  }

  private insert(item: T): void {
    const at = this.chunkOf(item.key);
    const chunk = this.chunks[at];
    if (chunk === undefined) {
      this.chunks.push([item]);
      return;
    }
    chunk.splice(lowerBound(chunk, item.key), 0, item);
    if (chunk.length > chunkMax) this.chunks.splice(at + 1, 0, chunk.splice(chunkMax / 2));
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

function byKey(a: Keyed, b: Keyed): number {
  if (a.key === b.key) return 0;
  return a.key < b.key ? -1 : 1;
}

function chunked<T>(items: readonly T[]): T[][] {
  const chunks: T[][] = [];
  for (let i = 0; i < items.length; i += chunkMax / 2) chunks.push(items.slice(i, i + chunkMax / 2));
  return chunks;
}

/** The first index whose key is not smaller than `key`. */
function lowerBound(items: readonly Keyed[], key: string): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((items[middle]?.key ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
