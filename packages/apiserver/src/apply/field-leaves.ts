/**
 * An object as the set of its fields, each with its path: what the owners of fields are kept by. Words of a path are those
 * of Kubernetes' `FieldsV1`: `f:` a field, `k:` the item of a list with these keys, `v:` a value of a set, `.` an item itself.
 * Pure.
 */

import { isMergedPrimitiveList, mergeKeyOf } from '@mooring/core';
import { type Fields, isFields } from '../json/fields.ts';

export type Path = readonly string[];

export interface Leaf {
  readonly path: Path;
  readonly value: unknown;
}

/** By `pathKey`. */
export type Leaves = ReadonlyMap<string, Leaf>;

export function pathKey(path: Path): string {
  return path.join('\u0000');
}

/** Objects that are one value to whoever owns them. */
const atomic: ReadonlySet<string> = new Set([
  'selector',
  'nodeSelector',
  'fieldRef',
  'resourceFieldRef',
  'configMapKeyRef',
  'secretKeyRef',
  'targetRef',
  'involvedObject',
]);

const ofServer: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'status']);
const metadataOfServer: ReadonlySet<string> = new Set([
  'name',
  'namespace',
  'generateName',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'selfLink',
]);

/** What the server itself looks after belongs to nobody. `names`: of the fields that lead to it. */
export function isOfServer(names: readonly string[]): boolean {
  const [first = '', second = ''] = names;
  if (names.length === 1) return ofServer.has(first);
  return names.length === 2 && first === 'metadata' && metadataOfServer.has(second);
}

export function leavesOf(object: Fields, kind: string): Leaves {
  const leaves = new Map<string, Leaf>();
  const add = (path: Path, value: unknown) => leaves.set(pathKey(path), { path, value });
  const visit = (value: unknown, path: Path, names: readonly string[]): void => {
    if (Array.isArray(value)) visitList(value, path, names);
    else if (!isFields(value) || isAtomic(names)) add(path, value);
    else if (Object.keys(value).length === 0) {
      if (path.length > 0 && names.join('.') !== 'metadata') add(path, value);
    } else visitFields(value, path, names);
  };
  const visitFields = (fields: Fields, path: Path, names: readonly string[]) => {
    for (const [name, value] of Object.entries(fields)) {
      const inner = [...names, name];
      if (value === undefined || isOfServer(inner)) continue;
      visit(value, [...path, `f:${name}`], inner);
    }
  };
  const visitList = (items: readonly unknown[], path: Path, names: readonly string[]) => {
    const keys = listKeysOf(kind, names);
    if (isMergedPrimitiveList(names))
      for (const item of items) add([...path, `v:${JSON.stringify(item)}`], item);
    else if (keys === undefined || !items.every(isFields)) add(path, items);
    else
      for (const item of items) {
        const at = [...path, itemWord(item, keys)];
        add([...at, '.'], undefined);
        visitFields(item, at, names);
      }
  };
  visitFields(object, [], []);
  return leaves;
}

export function isAtomic(names: readonly string[]): boolean {
  return atomic.has(names.at(-1) ?? '');
}

/** By which fields items of a list are told apart; `undefined` where the list is one value. `names`: as for `mergeKeyOf`. */
export function listKeysOf(kind: string, names: readonly string[]): readonly string[] | undefined {
  const key = mergeKeyOf(kind, names);
  if (key === 'containerPort' || key === 'port') return [key, 'protocol'];
  if (key === 'topologyKey') return [key, 'whenUnsatisfiable'];
  return key === undefined ? undefined : [key];
}

const keyDefaults: Readonly<Record<string, unknown>> = { protocol: 'TCP' };

/** `k:{"name":"web"}` */
export function itemWord(item: Fields, keys: readonly string[]): string {
  const entries = keys.map((key) => `"${key}":${JSON.stringify(item[key] ?? keyDefaults[key] ?? null)}`);
  return `k:{${entries.join(',')}}`;
}

/** As errors name it: `.spec.containers[name="web"].image`. */
export function pathText(path: Path): string {
  return path
    .filter((word) => word !== '.')
    .map((word) => {
      const rest = word.slice(2);
      if (word.startsWith('f:')) return `.${rest}`;
      if (word.startsWith('v:')) return `[=${rest}]`;
      const keys = Object.entries(JSON.parse(rest) as Fields);
      return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
    })
    .join('');
}
