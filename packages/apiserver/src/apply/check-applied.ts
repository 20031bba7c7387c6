/** What nobody can apply, whatever there is already. Pure. */

import { isMergedPrimitiveList } from '@mooring/core';
import { type Fields, isFields, itemsOf, valueAt } from '../json/fields.ts';
import { badRequest } from '../status/status-error.ts';
import { itemWord, listKeysOf, type Path, pathText } from './field-leaves.ts';

/** Throws a `StatusError`. `name`: of the object, with its namespace. */
export function checkConfiguration(applied: Fields, kind: string, name: string): void {
  if (itemsOf(valueAt(applied, 'metadata', 'managedFields')).length > 0)
    throw badRequest('metadata.managedFields must be nil');
  const [found] = doubledItems(applied, kind);
  if (found !== undefined) throw badRequest(`failed to create typed patch object (${name}): ${found}`);
}

/** Items of a list that have the same keys: of two fields of one manager, which is to have which value? */
function* doubledItems(value: unknown, kind: string, path: Path = []): Iterable<string> {
  if (isFields(value))
    for (const [name, inner] of Object.entries(value))
      yield* doubledItems(inner, kind, [...path, `f:${name}`]);
  if (!Array.isArray(value)) return;
  const names = path.filter((word) => word.startsWith('f:')).map((word) => word.slice(2));
  const keys = listKeysOf(kind, names);
  if (keys === undefined || isMergedPrimitiveList(names) || !value.every(isFields)) return;
  const seen = new Set<string>();
  for (const item of value) {
    const word = itemWord(item, keys);
    if (seen.has(word)) yield `${pathText(path)}: duplicate entries for key ${pathText([word])}`;
    seen.add(word);
    yield* doubledItems(item, kind, [...path, word]);
  }
}
