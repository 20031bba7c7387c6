/** Rules of object metadata, the same for every kind. */

import type { Draft } from './draft.ts';
import { type FieldPath, forbidden, invalid, required, tooLong } from './field-error.ts';
import { type FieldErrors, followsRule, isEmpty, nonNegative } from './field-rules.ts';
import { foregroundFinalizer, namespaceFinalizer, orphanFinalizer } from './finalizers.ts';
import type { Labels, ObjectMeta, OwnerReference } from './meta.ts';
import { dns1123LabelProblems, labelValueProblems, type Problems, qualifiedNameProblems } from './names.ts';

export interface MetadataRules {
  readonly isNamespaced: boolean;
  readonly nameProblems: (name: string) => Problems;
}

const annotationsBytesMax = 256 * 1024;

export function* metadataErrors(
  metadata: Draft<ObjectMeta>,
  path: FieldPath,
  rules: MetadataRules,
): FieldErrors {
  const { name, generateName, namespace, labels, annotations, finalizers, ownerReferences } = metadata;
  if (!isEmpty(generateName)) {
    // A random suffix follows, so that the prefix alone may end in a hyphen; the length is that without it.
    yield* followsRule(path.child('generateName'), generateName, (prefix) =>
      rules.nameProblems(prefix.replace(/.-$/, 'a')),
    );
  }
  if (!isEmpty(name)) yield* followsRule(path.child('name'), name, rules.nameProblems);
  else if (isEmpty(generateName)) yield required(path.child('name'), 'name or generateName is required');
  yield* namespaceErrors(namespace, path.child('namespace'), rules.isNamespaced);
  yield* nonNegative(path.child('generation'), metadata.generation);
  if (labels !== undefined) yield* labelErrors(labels, path.child('labels'));
  if (annotations !== undefined) yield* annotationErrors(annotations, path.child('annotations'));
  if (ownerReferences !== undefined)
    yield* ownerReferenceErrors(ownerReferences, path.child('ownerReferences'));
  if (finalizers !== undefined) yield* finalizerErrors(finalizers, path.child('finalizers'));
}

const cascadeFinalizers = [orphanFinalizer, foregroundFinalizer];
/** The only finalizers whose names need no domain. */
const standardFinalizers: ReadonlySet<string> = new Set([namespaceFinalizer, ...cascadeFinalizers]);

export function* finalizerErrors(finalizers: readonly string[], path: FieldPath): FieldErrors {
  for (const [i, finalizer] of finalizers.entries()) {
    const problems = qualifiedNameProblems(finalizer);
    for (const problem of problems) yield invalid(path, finalizer, problem);
    if (problems.length === 0 && !finalizer.includes('/') && !standardFinalizers.has(finalizer)) {
      const detail = 'name is neither a standard finalizer name nor is it fully qualified';
      yield invalid(path.index(i), finalizer, detail);
    }
  }
  if (cascadeFinalizers.every((name) => finalizers.includes(name)))
    yield invalid(path, finalizers, `finalizer ${cascadeFinalizers.join(' and ')} cannot be both set`);
}

/** What identifies an object never changes. */
export function* metadataUpdateErrors(
  metadata: Draft<ObjectMeta>,
  old: Draft<ObjectMeta>,
  path: FieldPath,
): FieldErrors {
  for (const field of ['name', 'namespace', 'uid', 'creationTimestamp'] as const) {
    const value = metadata[field];
    // Left out means "as it is", except for the name, which the update is addressed to.
    const isKept = value === old[field] || (field !== 'name' && isEmpty(value));
    if (!isKept) yield invalid(path.child(field), value ?? '', 'field is immutable');
  }
  yield* newFinalizerErrors(metadata, old, path.child('finalizers'));
}

/** What is being deleted takes no further finalizers: it could never be sure to go. */
export function* newFinalizerErrors(
  metadata: Draft<ObjectMeta>,
  old: Draft<ObjectMeta>,
  path: FieldPath,
): FieldErrors {
  if (old.deletionTimestamp === undefined) return;
  const added = (metadata.finalizers ?? []).filter((finalizer) => !old.finalizers?.includes(finalizer));
  if (added.length === 0) return;
  const list = [...new Set(added)].sort().map((finalizer) => JSON.stringify(finalizer));
  const words = 'no new finalizers can be added if the object is being deleted, found new finalizers';
  yield forbidden(path, `${words} []string{${list.join(', ')}}`);
}

function* namespaceErrors(
  namespace: string | undefined,
  path: FieldPath,
  isNamespaced: boolean,
): FieldErrors {
  if (!isNamespaced) {
    if (!isEmpty(namespace)) yield forbidden(path, 'not allowed on this type');
  } else if (isEmpty(namespace)) yield required(path);
  else yield* followsRule(path, namespace, dns1123LabelProblems);
}

/** Wrong keys and wrong values are both reported on the map itself, as the API does. */
export function* labelErrors(labels: Draft<Labels>, path: FieldPath): FieldErrors {
  for (const [key, value = ''] of Object.entries(labels)) {
    yield* followsRule(path, key, qualifiedNameProblems);
    yield* followsRule(path, value, labelValueProblems);
  }
}

export function* annotationErrors(annotations: Draft<Labels>, path: FieldPath): FieldErrors {
  let bytes = 0;
  for (const [key, value = ''] of Object.entries(annotations)) {
    for (const problem of qualifiedNameProblems(key.toLowerCase())) yield invalid(path, key, problem);
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes > annotationsBytesMax) yield tooLong(path, annotationsBytesMax);
}

export function* ownerReferenceErrors(
  owners: readonly Draft<OwnerReference>[],
  path: FieldPath,
): FieldErrors {
  for (const [i, owner] of owners.entries()) {
    const ownerPath = path.index(i);
    if (isEmpty(owner.apiVersion))
      yield invalid(ownerPath.child('apiVersion'), '', 'version must not be empty');
    for (const field of ['kind', 'name', 'uid'] as const)
      if (isEmpty(owner[field])) yield invalid(ownerPath.child(field), '', 'must not be empty');
    if (owner.apiVersion === 'v1' && owner.kind === 'Event')
      yield invalid(path, owners, '/v1, Kind=Event is disallowed from being an owner');
  }
  const controllers = owners.filter((owner) => owner.controller === true).map((owner) => owner.name ?? '');
  if (controllers.length > 1) {
    const names = controllers.join(' and ');
    const detail = `Only one reference can have Controller set to true. Found "true" in references for ${names}`;
    yield invalid(path, owners, detail);
  }
}
