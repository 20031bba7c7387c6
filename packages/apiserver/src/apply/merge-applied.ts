/** What an applied configuration makes of an object: what it says is set, what it does not say any more is taken out. Pure. */

import { isMergedPrimitiveList } from '@mooring/core';
import { type Fields, isFields } from '../json/fields.ts';
import { isAtomic, itemWord, listKeysOf, type Path } from './field-leaves.ts';

/** The object with all that the configuration says. Lists whose items have keys are merged item by item. */
export function mergeApplied(live: Fields, applied: Fields, kind: string): Fields {
  const fields = (a: Fields, b: Fields, names: readonly string[]): Fields => {
    const merged = new Map(Object.entries(a));
    for (const [name, value] of Object.entries(b))
      merged.set(name, join(merged.get(name), value, [...names, name]));
    return Object.fromEntries(merged);
  };
  const join = (a: unknown, b: unknown, names: readonly string[]): unknown => {
    if (Array.isArray(a) && Array.isArray(b)) return lists(a, b, names);
    return isFields(a) && isFields(b) && !isAtomic(names) ? fields(a, b, names) : b;
  };
  const lists = (
    a: readonly unknown[],
    b: readonly unknown[],
    names: readonly string[],
  ): readonly unknown[] => {
    if (isMergedPrimitiveList(names)) return mergedOrder(a, b);
    const keys = listKeysOf(kind, names);
    if (keys === undefined || !a.every(isFields) || !b.every(isFields)) return b;
    const items = new Map(a.map((item) => [itemWord(item, keys), item]));
    for (const item of b) {
      const word = itemWord(item, keys);
      items.set(word, fields(items.get(word) ?? {}, item, names));
    }
    const order = mergedOrder(
      a.map((item) => itemWord(item, keys)),
      b.map((item) => itemWord(item, keys)),
    );
    return order.map((word) => items.get(word));
  };
  return fields(live, applied, []);
}

/**
 * All of both, once each, in the order of Kubernetes: what is applied as it is applied, since init containers run and variables
 * refer to others in that order; of the rest, what stood before an item that both have stays before it.
 */
function mergedOrder<Word>(live: readonly Word[], applied: readonly Word[]): readonly Word[] {
  const [known, wanted] = [new Set(live), new Set(applied)];
  const shared = [...wanted].filter((word) => known.has(word));
  const order = new Set<Word>();
  let at = 0;
  const takeUntil = (end: number): void => {
    for (const word of live.slice(at, end)) if (!wanted.has(word)) order.add(word);
    at = Math.max(at, end);
  };
  const places = new Map(live.map((word, place) => [word, place]));
  let next = 0;
  for (const word of wanted) {
    const following = shared[next];
    takeUntil(following === undefined ? live.length : (places.get(following) ?? 0));
    order.add(word);
    if (known.has(word)) next += 1;
  }
  takeUntil(live.length);
  return [...order];
}

/** The object without the fields at these paths, and without what is empty then. */
export function withoutPaths(object: Fields, paths: readonly Path[], kind: string): Fields {
  // An item goes as a whole, so what is in it need not be looked for.
  const byLength = paths.toSorted((a, b) => a.length - b.length);
  let left: unknown = object;
  for (const path of byLength) left = without(left, path, [], kind);
  return isFields(left) ? left : {};
}

function without(value: unknown, path: Path, names: readonly string[], kind: string): unknown {
  const [word = '', ...rest] = path;
  if (word.startsWith('f:')) {
    const name = word.slice(2);
    if (!isFields(value) || !Object.hasOwn(value, name)) return value;
    const inner = rest.length === 0 ? undefined : without(value[name], rest, [...names, name], kind);
    const others = Object.entries(value).filter(([other]) => other !== name);
    const isLeft = inner !== undefined && !(rest.length > 0 && isEmpty(inner) && !isEmpty(value[name]));
    return isLeft ? { ...value, [name]: inner } : Object.fromEntries(others);
  }
  if (!Array.isArray(value)) return value;
  if (word.startsWith('v:')) return value.filter((item) => `v:${JSON.stringify(item)}` !== word);
  const keys = listKeysOf(kind, names) ?? [];
  const isIt = (item: unknown) => isFields(item) && itemWord(item, keys) === word;
  if (rest[0] === '.') return value.filter((item) => !isIt(item));
  return value.map((item) => (isIt(item) ? without(item, rest, names, kind) : item));
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return isFields(value) && Object.keys(value).length === 0;
}
