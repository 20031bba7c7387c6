/** Objects by key, and by the values of any number of indices. */

import type { IndexFunction } from '../contract/informer.ts';

/**
 * An object in its place. Most changes of an object leave the values of all indices as they are: then it is put in here,
 * and no index is touched.
 */
interface Cell<T> {
  object: T;
}

interface Index<T> {
  readonly valuesOf: IndexFunction<T>;
  /** Objects of a value, by key. */
  readonly byValue: Map<string, Map<string, Cell<T>>>;
}

export class InformerCache<T> {
  private readonly cells = new Map<string, Cell<T>>();
  private readonly indices = new Map<string, Index<T>>();
  /** The same, to walk over for each change. */
  private readonly all: readonly Index<T>[];

  constructor(indices: Readonly<Record<string, IndexFunction<T>>>) {
    for (const [name, valuesOf] of Object.entries(indices))
      this.indices.set(name, { valuesOf, byValue: new Map() });
    this.all = [...this.indices.values()];
  }

  get(key: string): T | undefined {
    return this.cells.get(key)?.object;
  }

  keys(): Iterable<string> {
    return this.cells.keys();
  }

  list(): readonly T[] {
    return Array.from(this.cells.values(), objectOf);
  }

  /** Throws for an index that was never declared, because an empty answer would hide the mistake. */
  byIndex(name: string, value: string): readonly T[] {
    const bucket = this.index(name).byValue.get(value);
    return bucket === undefined ? [] : Array.from(bucket.values(), objectOf);
  }

  /** Under which values the object is found in the index. */
  valuesOf(name: string, object: T): readonly string[] {
    return valuesIn(this.index(name), object);
  }

  /** Throws what an index function throws, and nothing is changed then. */
  set(key: string, object: T): void {
    const values = this.all.map((index) => valuesIn(index, object));
    const known = this.cells.get(key);
    const cell = known ?? { object };
    if (known === undefined) this.cells.set(key, cell);
    const old = known?.object;
    cell.object = object;
    this.all.forEach((index, i) => {
      const before = old === undefined ? [] : valuesIn(index, old);
      const now = values[i] ?? [];
      for (const value of before) if (!now.includes(value)) remove(index, key, value);
      for (const value of now) if (!before.includes(value)) add(index, key, value, cell);
    });
  }

  private index(name: string): Index<T> {
    const index = this.indices.get(name);
    if (index === undefined) throw new TypeError(`no index ${JSON.stringify(name)}`);
    return index;
  }

  delete(key: string): void {
    const old = this.cells.get(key)?.object;
    if (old === undefined) return;
    this.cells.delete(key);
    for (const index of this.all) for (const value of valuesIn(index, old)) remove(index, key, value);
  }
}

function objectOf<T>(cell: Cell<T>): T {
  return cell.object;
}

function valuesIn<T>(index: Index<T>, object: T): readonly string[] {
  const values = index.valuesOf(object);
  if (values === undefined) return [];
  return typeof values === 'string' ? [values] : values;
}

function add<T>({ byValue }: Index<T>, key: string, value: string, cell: Cell<T>): void {
  const bucket = byValue.get(value);
  if (bucket === undefined) byValue.set(value, new Map([[key, cell]]));
  else bucket.set(key, cell);
}

function remove<T>({ byValue }: Index<T>, key: string, value: string): void {
  const bucket = byValue.get(value);
  bucket?.delete(key);
  if (bucket?.size === 0) byValue.delete(value);
}
