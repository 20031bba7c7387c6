/** Finalizers: names of those who still have something to do before an object that is deleted may go. */

import type { ApiObject } from './meta.ts';
import type { Namespace } from './objects.ts';

/** The garbage collector takes the object out of its dependents' owner references first. */
export const orphanFinalizer = 'orphan';
/** The garbage collector deletes the dependents first. */
export const foregroundFinalizer = 'foregroundDeletion';
/** In `spec.finalizers` of a Namespace: the namespace controller deletes everything in it first. */
export const namespaceFinalizer = 'kubernetes';

/** All that keep the object; those of a Namespace stand in two places. */
export function finalizersOf(object: ApiObject): readonly string[] {
  const { finalizers = [] } = object.metadata;
  return isNamespace(object) ? [...finalizers, ...namespaceFinalizersOf(object)] : finalizers;
}

/** Those that only a Namespace has. */
export function namespaceFinalizersOf(object: ApiObject): readonly string[] {
  return isNamespace(object) ? (object.spec?.finalizers ?? []) : [];
}

export function hasFinalizer({ metadata }: ApiObject, finalizer: string): boolean {
  return metadata.finalizers?.includes(finalizer) === true;
}

/** Without the field when none is left, as the API leaves out what is empty. */
export function withoutFinalizer<T extends ApiObject>(object: T, finalizer: string): T {
  const { finalizers = [], ...rest } = object.metadata;
  const others = finalizers.filter((one) => one !== finalizer);
  return { ...object, metadata: others.length === 0 ? rest : { ...rest, finalizers: others } };
}

export function isNamespace(object: ApiObject): object is Namespace {
  return object.kind === 'Namespace';
}
