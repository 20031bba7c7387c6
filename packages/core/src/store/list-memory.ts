/**
 * What was made of the items of a list when it was made last: found again by walking the old list beside the new one. In a
 * list of thousands, a look into a map for each of them is what takes the time.
 */

/** Of shorter lists nothing is kept. */
const itemsMin = 256;

interface Kept<Item, Made> {
  readonly items: readonly Item[];
  readonly made: readonly Made[];
}

/**
 * Items are told apart by identity, and come in an order.
 *
 * @internal
 */
export class ListMemory<Item extends object, Made> {
  private readonly isBefore: (a: Item, b: Item) => boolean;
  /** Weak, so that a list that nobody asks for again does not keep what it was of. */
  private last: WeakRef<Kept<Item, Made>> | undefined;

  constructor(isBefore: (a: Item, b: Item) => boolean) {
    this.isBefore = isBefore;
  }

  /** `make` is called once for each item, with what it gave back the last time for the same one. */
  map(items: readonly Item[], make: (item: Item, known: Made | undefined) => Made): readonly Made[] {
    const kept = items.length < itemsMin ? undefined : this.last?.deref();
    const made: Made[] = [];
    let at = 0;
    for (const item of items) {
      while (kept !== undefined && this.isBehind(kept.items[at], item)) at += 1;
      const isKnown = kept?.items[at] === item;
      made.push(make(item, isKnown ? kept.made[at] : undefined));
      // Most follow the one before as they did: to compare keys costs more than all the rest.
      if (isKnown) at += 1;
    }
    if (items.length >= itemsMin) this.last = new WeakRef({ items, made });
    return made;
  }

  private isBehind(old: Item | undefined, item: Item): boolean {
    return old !== undefined && old !== item && this.isBefore(old, item);
  }
}
