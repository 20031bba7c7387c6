/** A binary heap: the first item in an order is at hand, the others are not sorted. */

export class Heap<T> {
  private readonly items: T[] = [];
  private readonly isBefore: (a: T, b: T) => boolean;

  /** The order must be total: of two different items one comes before the other. */
  constructor(isBefore: (a: T, b: T) => boolean) {
    this.isBefore = isBefore;
  }

  get size(): number {
    return this.items.length;
  }

  get first(): T | undefined {
    return this.items[0];
  }

  push(item: T): void {
    const { items } = this;
    let i = items.push(item) - 1;
    while (i > 0) {
      const up = (i - 1) >> 1;
      const parent = items[up] as T;
      if (!this.isBefore(item, parent)) break;
      items[i] = parent;
      i = up;
    }
    items[i] = item;
  }

  /** Takes the first item out. */
  pop(): T | undefined {
    const { items } = this;
    const top = items[0];
    const last = items.pop();
    if (top === undefined || last === undefined || items.length === 0) return top;
    let i = 0;
    for (;;) {
      let down = 2 * i + 1;
      if (down >= items.length) break;
      if (down + 1 < items.length && this.isBefore(items[down + 1] as T, items[down] as T)) down += 1;
      const child = items[down] as T;
      if (!this.isBefore(child, last)) break;
      items[i] = child;
      i = down;
    }
    items[i] = last;
    return top;
  }
}
