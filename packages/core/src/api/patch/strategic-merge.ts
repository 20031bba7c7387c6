/**
 * Strategic merge patch: what `kubectl patch` and `kubectl apply` send by default. Maps are merged, `null` takes a field
 * out, lists of objects that have a merge key are merged item by item, all other lists are replaced. The directives are
 * `$patch: delete|replace|merge`, `$retainKeys`, `$setElementOrder/<list>` and `$deleteFromPrimitiveList/<list>`.
 */

import { type FieldError, FieldPath, invalid, type Parsed, required } from '../field-error.ts';
import type { ApiObject } from '../meta.ts';
import { isMergedPrimitiveList, mergeKeyOf } from './merge-keys.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The object as the patch leaves it; parts that the patch does not touch are shared with the original. Pure. */
export function strategicMerge(object: ApiObject, patch: unknown): Parsed<ApiObject> {
  const merge = new Merge(object.kind);
  if (!isFields(patch)) return { ok: false, errors: [invalid(FieldPath.root, patch, 'must be an object')] };
  const merged = merge.fields(object as unknown as Fields, patch, [], FieldPath.root);
  if (merge.errors.length > 0) return { ok: false, errors: merge.errors };
  return { ok: true, value: merged as unknown as ApiObject };
}

const orderPrefix = '$setElementOrder/';
const removalPrefix = '$deleteFromPrimitiveList/';
/** A patch deeper than this is not what it pretends to be. */
const depthMax = 64;

class Merge {
  readonly errors: FieldError[] = [];
  private readonly kind: string;

  constructor(kind: string) {
    this.kind = kind;
  }

  /** `names` are the fields that lead here, without the places in lists. */
  fields(current: Fields, patch: Fields, names: readonly string[], path: FieldPath): Fields {
    if (names.length > depthMax) {
      this.errors.push(invalid(path, 'object', `must not be nested deeper than ${depthMax}`));
      return current;
    }
    const directive = patch['$patch'];
    if (directive === 'replace') return this.plain(patch);
    if (directive === 'delete') return {};
    if (directive !== undefined && directive !== 'merge')
      this.errors.push(invalid(path.child('$patch'), directive, 'must be delete, replace or merge'));
    const merged = new Map(Object.entries(this.retained(current, patch)));
    for (const [field, value] of Object.entries(patch)) {
      if (field.startsWith('$')) continue;
      if (value === null) merged.delete(field);
      else merged.set(field, this.value(merged.get(field), value, [...names, field], path.child(field)));
    }
    for (const [field, value] of Object.entries(patch)) {
      if (!field.startsWith(removalPrefix)) continue;
      const list = field.slice(removalPrefix.length);
      const items = merged.get(list);
      const removed = new Set(arrayOf(value));
      if (Array.isArray(items))
        merged.set(
          list,
          items.filter((item) => !removed.has(item)),
        );
    }
    for (const [field, value] of Object.entries(patch)) {
      if (!field.startsWith(orderPrefix)) continue;
      const list = field.slice(orderPrefix.length);
      const items = merged.get(list);
      const idOf = this.identity([...names, list]);
      if (Array.isArray(items) && idOf !== undefined)
        merged.set(list, inOrder(items, { order: arrayOf(value), before: arrayOf(current[list]), idOf }));
    }
    return Object.fromEntries(merged);
  }

  /** By what items of a list are the same; `undefined` for one that is replaced as a whole. */
  private identity(names: readonly string[]): Identity | undefined {
    if (isMergedPrimitiveList(names)) return (item) => item;
    const key = mergeKeyOf(this.kind, names);
    return key === undefined ? undefined : idBy(key);
  }

  private value(current: unknown, patch: unknown, names: readonly string[], path: FieldPath): unknown {
    if (Array.isArray(patch)) return this.list(arrayOf(current), patch, names, path);
    if (isFields(patch)) return this.fields(isFields(current) ? current : {}, patch, names, path);
    return patch;
  }

  private list(
    current: readonly unknown[],
    patch: readonly unknown[],
    names: readonly string[],
    path: FieldPath,
  ): readonly unknown[] {
    // Without another order that of the patch holds, as with Kubernetes: what is new comes before what only the server has.
    const ordering = (idOf: Identity): Ordering => ({ order: patch, before: current, idOf });
    if (isMergedPrimitiveList(names))
      return inOrder(
        [...new Set([...current, ...patch])],
        ordering((item) => item),
      );
    const key = mergeKeyOf(this.kind, names);
    const isReplaced = patch.some((item) => isFields(item) && item['$patch'] === 'replace');
    if (key === undefined || isReplaced) return patch.filter((item) => !isReplaceMark(item)).map(this.clean);
    return inOrder(this.mergedItems(current, patch, key, { names, path }), ordering(idBy(key)));
  }

  private mergedItems(
    current: readonly unknown[],
    patch: readonly unknown[],
    key: string,
    { names, path }: { readonly names: readonly string[]; readonly path: FieldPath },
  ): readonly Fields[] {
    const items = current.filter(isFields);
    for (const [i, item] of patch.entries()) {
      const id = isFields(item) ? item[key] : undefined;
      if (!isFields(item) || id === undefined) {
        this.errors.push(required(path.index(i).child(key), 'items of this list are merged by it'));
        continue;
      }
      const at = items.findIndex((other) => other[key] === id);
      if (item['$patch'] === 'delete') {
        if (at >= 0) items.splice(at, 1);
        continue;
      }
      const merged = this.fields(items[at] ?? {}, item, names, path.index(i));
      items.splice(at < 0 ? items.length : at, 1, merged);
    }
    return items;
  }

  /** `$retainKeys` says which of the fields that are there may stay. */
  private retained(current: Fields, patch: Fields): Fields {
    const retain = patch['$retainKeys'];
    if (!Array.isArray(retain)) return current;
    return Object.fromEntries(Object.entries(current).filter(([field]) => retain.includes(field)));
  }

  /** What is new has nothing to merge with, but may hold directives and fields to take out. */
  private readonly clean = (value: unknown): unknown => (isFields(value) ? this.plain(value) : value);

  private plain(value: Fields): Fields {
    const kept = Object.entries(value).filter(([field, inner]) => !field.startsWith('$') && inner !== null);
    return Object.fromEntries(
      kept.map(([field, inner]) => [field, Array.isArray(inner) ? inner.map(this.clean) : this.clean(inner)]),
    );
  }
}

type Identity = (item: unknown) => unknown;

function idBy(key: string): Identity {
  return (item) => (isFields(item) ? item[key] : item);
}

interface Ordering {
  readonly order: readonly unknown[];
  /** The list before the patch. */
  readonly before: readonly unknown[];
  readonly idOf: Identity;
}

/**
 * Items that the order names, in that order; each of the others in front of the first of those that it stood in front of
 * before, as far as they have not been passed by.
 */
function inOrder(items: readonly unknown[], { order, before, idOf }: Ordering): readonly unknown[] {
  const [wanted, known] = [placesOf(order.map(idOf)), placesOf(before.map(idOf))];
  const place = (places: Places, item: unknown) => places.get(idOf(item)) ?? -1;
  const named = items.filter((item) => place(wanted, item) >= 0);
  const others = items.filter((item) => place(wanted, item) < 0);
  const ordered: unknown[] = [];
  for (const item of named.toSorted((a, b) => place(wanted, a) - place(wanted, b))) {
    const isBefore = (other: unknown) =>
      place(known, other) >= 0 && place(known, item) >= 0 && place(known, other) < place(known, item);
    while (others.length > 0 && isBefore(others[0])) ordered.push(others.shift());
    ordered.push(item);
  }
  return [...ordered, ...others];
}

type Places = ReadonlyMap<unknown, number>;

/** The first of each. */
function placesOf(ids: readonly unknown[]): Places {
  const places = new Map<unknown, number>();
  for (const [i, id] of ids.entries()) if (!places.has(id)) places.set(id, i);
  return places;
}

function isReplaceMark(item: unknown): boolean {
  return isFields(item) && item['$patch'] === 'replace' && Object.keys(item).length === 1;
}

function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
