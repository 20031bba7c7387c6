/** Objects by key, and by the values of any number of indices. */

import type { IndexFunction } from '../contract/informer.ts';

interface Index<T> {
  readonly valuesOf: IndexFunction<T>;
  /** Objects of a value, by key. */
  readonly byValue: Map<string, Map<string, T>>;
}

export class InformerCache<T> {
  private readonly objects = new Map<string, T>();
  private readonly indices = new Map<string, Index<T>>();

  constructor(indices: Readonly<Record<string, IndexFunction<T>>>) {
    for (const [name, valuesOf] of Object.entries(indices))
      this.indices.set(name, { valuesOf, byValue: new Map() });
  }

  get(key: string): T | undefined {
    return this.objects.get(key);
  }

  keys(): Iterable<string> {
    return this.objects.keys();
  }

  list(): readonly T[] {
    return [...this.objects.values()];
  }

  /** Throws for an index that was never declared, because an empty answer would hide the mistake. */
  byIndex(name: string, value: string): readonly T[] {
    return [...(this.index(name).byValue.get(value)?.values() ?? [])];
  }

  /** Under which values the object is found in the index. */
  valuesOf(name: string, object: T): readonly string[] {
    return valuesIn(this.index(name), object);
  }

  set(key: string, object: T): void {
    const old = this.objects.get(key);
    this.objects.set(key, object);
    for (const index of this.indices.values()) {
      if (old !== undefined) removeFrom(index, key, old);
      for (const value of valuesIn(index, object)) {
        const bucket = index.byValue.get(value);
        if (bucket === undefined) index.byValue.set(value, new Map([[key, object]]));
        else bucket.set(key, object);
      }
    }
  }

  private index(name: string): Index<T> {
    const index = this.indices.get(name);
    if (index === undefined) throw new TypeError(`no index ${JSON.stringify(name)}`);
    return index;
  }

  delete(key: string): void {
    const old = this.objects.get(key);
    if (old === undefined) return;
    this.objects.delete(key);
    for (const index of this.indices.values()) removeFrom(index, key, old);
  }
}

function valuesIn<T>(index: Index<T>, object: T): readonly string[] {
  const values = index.valuesOf(object);
  if (values === undefined) return [];
  return typeof values === 'string' ? [values] : values;
}

function removeFrom<T>(index: Index<T>, key: string, object: T): void {
  for (const value of valuesIn(index, object)) {
    const bucket = index.byValue.get(value);
    bucket?.delete(key);
    if (bucket?.size === 0) index.byValue.delete(value);
  }
}
