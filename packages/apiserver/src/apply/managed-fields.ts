/** Who looks after which fields of an object: what `metadata.managedFields` says. Pure. */

import { jsonEqual } from '@mooring/core';
import { type Fields, fieldsOf, isFields, itemsOf, textAt, valueAt } from '../json/fields.ts';
import { type Leaves, leavesOf, type Path, pathKey } from './field-leaves.ts';
import { fieldTreeOf } from './field-tree.ts';

export interface Manager {
  readonly name: string;
  /** `Apply`: it says all that it wants with each request. `Update`: it changes what it names. */
  readonly operation: 'Apply' | 'Update';
  readonly subresource?: string;
}

export interface ManagerEntry extends Manager {
  readonly apiVersion: string;
  readonly time: string;
  /** By `pathKey`. */
  readonly paths: ReadonlyMap<string, Path>;
}

export function isSameManager(a: Manager, b: Manager): boolean {
  return a.name === b.name && a.operation === b.operation && (a.subresource ?? '') === (b.subresource ?? '');
}

/** What cannot be read is left out: a client may have written anything. */
export function readManagers(object: unknown): readonly ManagerEntry[] {
  return itemsOf(valueAt(object, 'metadata', 'managedFields'))
    .filter(isFields)
    .filter((entry) => entry['operation'] === 'Apply' || entry['operation'] === 'Update')
    .map((entry) => ({
      name: textAt(entry, 'manager'),
      operation: entry['operation'] === 'Apply' ? 'Apply' : 'Update',
      ...(textAt(entry, 'subresource') !== '' && { subresource: textAt(entry, 'subresource') }),
      apiVersion: textAt(entry, 'apiVersion'),
      time: textAt(entry, 'time'),
      paths: readPaths(entry['fieldsV1']),
    }));
}

/**
 * Those that own nothing any more are left out. In the order of Kubernetes, so that an object stays the same when its
 * managers say in turn what they have said before.
 */
export function writeManagers(entries: readonly ManagerEntry[]): readonly Fields[] {
  return entries
    .filter(({ paths }) => paths.size > 0)
    .sort((a, b) => (isBefore(a, b) ? -1 : Number(isBefore(b, a))))
    .map(({ name, operation, subresource, apiVersion, time, paths }) => ({
      manager: name,
      operation,
      apiVersion,
      time,
      fieldsType: 'FieldsV1',
      fieldsV1: writePaths([...paths.values()]),
      ...(subresource !== undefined && { subresource }),
    }));
}

/** Those who apply, then those who update; the older ones first, and of one age by name. */
function isBefore(a: ManagerEntry, b: ManagerEntry): boolean {
  const words = ({ operation, time, name, apiVersion, subresource = '' }: ManagerEntry) => {
    return [operation, time, name, apiVersion, subresource];
  };
  const [first, second] = [words(a), words(b)];
  const at = first.findIndex((word, i) => word !== second[i]);
  return at >= 0 && (first[at] ?? '') < (second[at] ?? '');
}

const depthMax = 64;

function readPaths(fields: unknown): ReadonlyMap<string, Path> {
  const paths = new Map<string, Path>();
  const visit = (value: unknown, path: Path) => {
    const entries = Object.entries(fieldsOf(value));
    if ((entries.length === 0 && path.length > 0) || path.length > depthMax) paths.set(pathKey(path), path);
    else for (const [word, inner] of entries) if (isWord(word)) visit(inner, [...path, word]);
  };
  visit(fields, []);
  return paths;
}

function isWord(word: string): boolean {
  if (word === '.' || word.startsWith('f:') || word.startsWith('v:')) return true;
  if (!word.startsWith('k:')) return false;
  try {
    return isFields(JSON.parse(word.slice(2)));
  } catch {
    // Written by somebody who does not know the form.
    return false;
  }
}

type Tree = Map<string, Tree>;

function writePaths(paths: readonly Path[]): Fields {
  const root: Tree = new Map();
  for (const path of paths) {
    let at = root;
    for (const word of path) {
      const next: Tree = at.get(word) ?? new Map();
      at.set(word, next);
      at = next;
    }
  }
  return asFields(root);
}

function asFields(tree: Tree): Fields {
  return Object.fromEntries([...tree].map(([word, inner]) => [word, asFields(inner)]));
}

/** What `managedFields` says of a new object, all of which is of the one who makes it. */
export function managersOfNew(
  object: Fields,
  { kind, manager: { name, operation }, apiVersion, time }: Change,
): readonly Fields[] {
  const fieldsV1 = fieldTreeOf(object, kind);
  if (Object.keys(fieldsV1).length === 0) return [];
  return [{ manager: name, operation, apiVersion, time, fieldsType: 'FieldsV1', fieldsV1 }];
}

export interface Change {
  readonly kind: string;
  readonly manager: Manager;
  readonly apiVersion: string;
  readonly time: string;
}

/**
 * The owners after somebody has changed an object without applying: what was changed is theirs, and nobody else's. `before`
 * is absent for a new object.
 */
export function managersAfterUpdate(
  before: Fields | undefined,
  after: Fields,
  { kind, manager, apiVersion, time }: Change,
): readonly ManagerEntry[] {
  // Clients may put the list in order themselves; what they leave out stays as it was.
  const said = valueAt(after, 'metadata', 'managedFields');
  const entries = readManagers(Array.isArray(said) ? after : before);
  const old = before === undefined ? new Map() : leavesOf(before, kind);
  const now = leavesOf(after, kind);
  const changed = [...now].filter(
    ([key, { value }]) => !old.has(key) || !jsonEqual(old.get(key)?.value, value),
  );
  const isGone = (key: string) => old.has(key) && !now.has(key);
  const touched = new Set(changed.map(([key]) => key));
  const kept = entries.map((entry) =>
    withPaths(
      entry,
      [...entry.paths].filter(
        ([key]) => !isGone(key) && (!touched.has(key) || isSameManager(entry, manager)),
      ),
    ),
  );
  if (changed.length === 0) return kept;
  const own = kept.find((entry) => isSameManager(entry, manager));
  const paths = new Map([...(own?.paths ?? []), ...changed.map(([key, { path }]) => [key, path] as const)]);
  const entry: ManagerEntry = { ...manager, apiVersion, time, paths };
  return bounded([...kept.filter((other) => other !== own), entry]);
}

/** Those who update, each with an entry of its own; clients may give themselves any number of names. */
const updatersMax = 10;
const ancient = 'ancient-changes';

/** The oldest of those who update are put together, as in Kubernetes. */
function bounded(entries: readonly ManagerEntry[]): readonly ManagerEntry[] {
  const updates = entries.filter(({ operation }) => operation === 'Update');
  const old = updates.slice(0, Math.max(0, updates.length - updatersMax));
  const [first] = old;
  if (first === undefined) return entries;
  const known = updates.filter(({ name }) => name === ancient);
  const together = [...new Set([...known, ...old])];
  const paths = new Map(together.flatMap((entry) => [...entry.paths]));
  const { subresource: _, ...rest } = first;
  return [{ ...rest, name: ancient, paths }, ...entries.filter((entry) => !together.includes(entry))];
}

export function withPaths(entry: ManagerEntry, paths: Iterable<readonly [string, Path]>): ManagerEntry {
  return { ...entry, paths: new Map(paths) };
}

/** The fields of an object as the paths that its manager owns. */
export function pathsOf(leaves: Leaves): ReadonlyMap<string, Path> {
  return new Map([...leaves].map(([key, { path }]) => [key, path]));
}
