/** Server-side apply: the state of an object after one of its managers has said all that it wants of it. Pure. */

import { jsonEqual } from '@mooring/core';
import { type Fields, fieldsOf, isFields } from '../json/fields.ts';
import { type Leaves, leavesOf, type Path, pathText } from './field-leaves.ts';
import {
  type Change,
  isSameManager,
  type ManagerEntry,
  pathsOf,
  readManagers,
  withPaths,
  writeManagers,
} from './managed-fields.ts';
import { mergeApplied, withoutPaths } from './merge-applied.ts';

/** A field that another manager wants to have another value. */
export interface FieldConflict {
  readonly manager: ManagerEntry;
  readonly path: string;
}

export type ApplyOutcome =
  | { readonly kind: 'applied'; readonly object: Fields }
  | { readonly kind: 'conflicts'; readonly conflicts: readonly FieldConflict[] };

export interface Application extends Change {
  /** Takes fields from those who want them otherwise. */
  readonly isForced: boolean;
  /** In which conflicts are told, where that is not the one that the owners have used. */
  readonly conflictVersion?: string;
}

/** `live`: absent where there is no object yet. `applied`: what is wanted, as it was sent. */
export function applyFields(
  live: Fields | undefined,
  applied: Fields,
  application: Application,
): ApplyOutcome {
  const { kind, manager, isForced } = application;
  const wanted = leavesOf(applied, kind);
  const managers = readManagers(live);
  const others = managers.filter((entry) => !isSameManager(entry, manager));
  const known = leavesOf(live ?? {}, kind);
  const conflicts = conflictsIn(wanted, known, others);
  if (conflicts.length > 0 && !isForced) return { kind: 'conflicts', conflicts };
  const taken = new Set(conflicts.map(({ path }) => path));
  const rest = others.map((entry) =>
    withPaths(
      entry,
      [...entry.paths].filter(([, path]) => !taken.has(pathText(path))),
    ),
  );
  const before = managers.find((entry) => isSameManager(entry, manager));
  const merged = withoutPaths(
    mergeApplied(live ?? {}, withoutManagers(applied), kind),
    givenUp(before, wanted, rest),
    kind,
  );
  const entries = [...rest, entryAfter(before, wanted, application)];
  const metadata = { ...fieldsOf(merged['metadata']), managedFields: writeManagers(entries) };
  return { kind: 'applied', object: { ...merged, metadata } };
}

function conflictsIn(
  wanted: Leaves,
  known: Leaves,
  others: readonly ManagerEntry[],
): readonly FieldConflict[] {
  return [...wanted].flatMap(([key, { path, value }]) => {
    const isSame = known.has(key) ? jsonEqual(known.get(key)?.value, value) : isFilled(known, path, value);
    const owners = isSame ? [] : others.filter(({ paths }) => paths.has(key));
    return owners.map((manager) => ({ manager, path: pathText(path) }));
  });
}

/** Nothing more is wanted than that there are fields, and there are some. */
function isFilled(known: Leaves, path: Path, value: unknown): boolean {
  if (!isFields(value) || Object.keys(value).length > 0) return false;
  return [...known.values()].some((leaf) => path.every((word, i) => leaf.path[i] === word));
}

/** What the manager wanted before, wants no more, and nobody else wants. */
function givenUp(
  before: ManagerEntry | undefined,
  wanted: Leaves,
  others: readonly ManagerEntry[],
): readonly Path[] {
  const isOwned = (path: Path) => {
    const prefix = path.at(-1) === '.' ? path.slice(0, -1) : path;
    const isInside = (other: Path) => prefix.every((word, i) => other[i] === word);
    return others.some(({ paths }) => [...paths.values()].some(isInside));
  };
  return [...(before?.paths ?? [])]
    .filter(([key, path]) => !wanted.has(key) && !isOwned(path))
    .map(([, path]) => path);
}

/** Nothing of it changes where the manager wants what it wanted before: an object that is applied again is the same. */
function entryAfter(
  before: ManagerEntry | undefined,
  wanted: Leaves,
  { manager, apiVersion, time }: Application,
): ManagerEntry {
  const paths = pathsOf(wanted);
  const isSame = before?.paths.size === paths.size && [...paths.keys()].every((key) => before.paths.has(key));
  return isSame && before !== undefined ? before : { ...manager, apiVersion, time, paths };
}

function withoutManagers(applied: Fields): Fields {
  const { managedFields: _, ...metadata } = fieldsOf(applied['metadata']);
  return { ...applied, metadata };
}
