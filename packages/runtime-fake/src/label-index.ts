/** Finds things by labels without looking at all of them: a label that was once asked for is indexed. */

import type { Labels } from '@mooring/core';

interface Labelled {
  readonly config: { readonly labels: Labels };
}

export class LabelIndex<T extends Labelled> {
  private readonly items = new Set<T>();
  /** Label key -> value -> items; a key is indexed once it has been asked for. */
  private readonly byKey = new Map<string, Map<string, Set<T>>>();

  add(item: T): void {
    this.items.add(item);
    for (const [key, byValue] of this.byKey) insert(byValue, item, key);
  }

  delete(item: T): void {
    this.items.delete(item);
    for (const [key, byValue] of this.byKey) {
      const value = item.config.labels[key];
      if (value === undefined) continue;
      const found = byValue.get(value);
      found?.delete(item);
      if (found?.size === 0) byValue.delete(value);
    }
  }

  /** Items that carry all the labels, in the order they were added. */
  find(labels: Labels): readonly T[] {
    const wanted = Object.entries(labels);
    let fewest: ReadonlySet<T> = this.items;
    for (const [key, value] of wanted) {
      const found = this.indexOf(key).get(value);
      if (found === undefined) return [];
      if (found.size < fewest.size) fewest = found;
    }
    if (wanted.length <= 1) return [...fewest];
    return [...fewest].filter(({ config }) => wanted.every(([key, value]) => config.labels[key] === value));
  }

  private indexOf(key: string): Map<string, Set<T>> {
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    const byValue = new Map<string, Set<T>>();
    for (const item of this.items) insert(byValue, item, key);
    this.byKey.set(key, byValue);
    return byValue;
  }
}

function insert<T extends Labelled>(byValue: Map<string, Set<T>>, item: T, key: string): void {
  const value = item.config.labels[key];
  if (value === undefined) return;
  const found = byValue.get(value);
  if (found === undefined) byValue.set(value, new Set([item]));
  else found.add(item);
}
