/** The files of a volume that come from objects: which keys, at which paths, with which modes. */

import type { Draft } from './draft.ts';
import { type FieldPath, forbidden, invalid, notSupported, required } from './field-error.ts';
import { descendingPath, type FieldErrors, isEmpty } from './field-rules.ts';
import { didYouMean } from './nearest.ts';
import type { DownwardApiItem, KeyToPath, ProjectedSource, ProjectedVolume } from './pod.ts';
import { fieldRefErrors, resourceFieldRefErrors, volumeFieldPaths } from './validate-field-ref.ts';

export interface KeyedFiles {
  readonly items?: readonly Draft<KeyToPath>[] | undefined;
  readonly defaultMode?: number | undefined;
}

export function* keyedFileErrors({ items, defaultMode }: KeyedFiles, path: FieldPath): FieldErrors {
  yield* modeErrors(defaultMode, path.child('defaultMode'));
  for (const [i, item] of (items ?? []).entries()) {
    const itemPath = path.child('items').index(i);
    if (isEmpty(item.key)) yield required(itemPath.child('key'));
    yield* fileNameErrors(item.path, itemPath.child('path'));
    yield* modeErrors(item.mode, itemPath.child('mode'));
  }
}

export function* downwardItemErrors(item: Draft<DownwardApiItem>, path: FieldPath): FieldErrors {
  yield* fileNameErrors(item.path, path.child('path'));
  const { fieldRef, resourceFieldRef } = item;
  if (fieldRef) {
    yield* fieldRefErrors(fieldRef, path.child('fieldRef'), volumeFieldPaths);
    if (resourceFieldRef)
      yield invalid(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously');
  } else if (resourceFieldRef)
    yield* resourceFieldRefErrors(resourceFieldRef, path.child('resourceFieldRef'), 'volume');
  else yield required(path, 'one of fieldRef and resourceFieldRef is required');
  yield* modeErrors(item.mode, path.child('mode'));
}

/** Names that begin with two dots are the kubelet's own, for the atomic switch of a volume's content. */
function* fileNameErrors(name: string | undefined, path: FieldPath): FieldErrors {
  if (isEmpty(name)) return yield required(path);
  yield* descendingPath(path, name);
  if (/^\.\.[^/]/.test(name)) yield invalid(path, name, "must not start with '..'");
}

export function* modeErrors(mode: number | undefined, path: FieldPath): FieldErrors {
  if (mode !== undefined && (mode < 0 || mode > 0o777))
    yield invalid(path, mode, 'must be a number between 0 and 0777 (octal), both inclusive');
}

const projectedSources = ['secret', 'configMap', 'downwardAPI'] as const;

/** Sources of Kubernetes that no node of Mooring can bring; accepted with a warning. */
export const foreignProjectedSources: ReadonlySet<string> = new Set([
  'clusterTrustBundle',
  'podCertificate',
  'serviceAccountToken',
]);

/** The files of all sources lie in one directory: no two of them may be named the same. */
export function* projectedErrors(
  { sources = [], defaultMode }: Draft<ProjectedVolume>,
  path: FieldPath,
): FieldErrors {
  yield* modeErrors(defaultMode, path.child('defaultMode'));
  const taken = new Set<string>();
  for (const [i, source] of sources.entries()) {
    const at = path.child('sources').index(i);
    yield* projectedSourceErrors(source, at);
    for (const { file, owner } of namedFiles(source)) {
      if (taken.has(file)) yield invalid(path, owner, 'conflicting duplicate paths');
      taken.add(file);
    }
  }
}

function* projectedSourceErrors(source: Draft<ProjectedSource>, path: FieldPath): FieldErrors {
  for (const key of ['secret', 'configMap'] as const) {
    const object = source[key];
    if (object === undefined) continue;
    if (isEmpty(object.name)) yield required(path.child(key, 'name'));
    yield* keyedFileErrors(object, path.child(key));
  }
  for (const [i, item] of (source.downwardAPI?.items ?? []).entries())
    yield* downwardItemErrors(item, path.child('downwardAPI', 'items').index(i));
  const known: readonly string[] = projectedSources;
  const present = Object.keys(source).filter((key) => source[key] !== undefined);
  for (const key of present) {
    if (known.includes(key) || foreignProjectedSources.has(key)) continue;
    const error = notSupported(path.child(key), key, [...known].sort());
    yield { ...error, message: `${error.message}${didYouMean(key, [...known, ...foreignProjectedSources])}` };
  }
  if (present.length > 1) yield forbidden(path, 'may not specify more than 1 volume type per source');
}

function* namedFiles({
  secret,
  configMap,
  downwardAPI,
}: Draft<ProjectedSource>): Iterable<{ readonly file: string; readonly owner: string }> {
  for (const object of [secret, configMap])
    for (const { path } of object?.items ?? [])
      if (!isEmpty(path)) yield { file: path, owner: object?.name ?? '' };
  for (const { path } of downwardAPI?.items ?? []) if (!isEmpty(path)) yield { file: path, owner: path };
}
