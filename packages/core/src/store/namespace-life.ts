/**
 * The life of a Namespace: active from its creation, terminating from the request to delete it until the namespace
 * controller has emptied it and takes its finalizer off. The rules are those of Kubernetes' API server.
 */

import { isNamespace, namespaceFinalizer } from '../api/finalizers.ts';
import type { ApiObject } from '../api/meta.ts';
import type { Namespace } from '../api/objects.ts';
import { hasCode, MooringError } from '../contract/error.ts';
import { describeObject } from './keys.ts';

/** A new object as it is stored: a Namespace begins active, and with the finalizer that it cannot go without. */
export function withNamespaceDefaults<T extends ApiObject>(object: T): T {
  if (!isNamespace(object)) return object;
  const { finalizers = [] } = object.spec ?? {};
  const all = finalizers.includes(namespaceFinalizer) ? finalizers : [...finalizers, namespaceFinalizer];
  return { ...object, spec: { ...object.spec, finalizers: all }, status: { phase: 'Active' } };
}

/** The new state of an object that is changed: a manifest of a Namespace says nothing about its finalizers. */
export function withNamespaceFinalizers(wanted: ApiObject, current: ApiObject): ApiObject {
  if (!isNamespace(wanted) || !isNamespace(current) || wanted.spec?.finalizers !== undefined) return wanted;
  return { ...wanted, ...(current.spec !== undefined && { spec: { ...wanted.spec, ...current.spec } }) };
}

/** An object that has been marked for deletion. */
export function withTerminatingPhase(object: ApiObject): ApiObject {
  if (!isNamespace(object)) return object;
  const terminating: Namespace = { ...object, status: { ...object.status, phase: 'Terminating' } };
  return terminating;
}

/** Throws `FORBIDDEN` for a Namespace that has to be there. */
export function refuseToDelete({ kind, metadata: { name = '' } }: ApiObject): void {
  if (kind !== 'Namespace' || !immortal.has(name)) return;
  const words = `namespaces ${JSON.stringify(name)} is forbidden: this namespace may not be deleted`;
  throw new MooringError('FORBIDDEN', words);
}

const terminatingCause = 'NamespaceTerminating';

/** Nothing new may come into a namespace that is being emptied. */
export function namespaceTerminating(
  { kind, metadata: { name = '' } }: ApiObject,
  namespace: string,
): MooringError {
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const message = `namespace ${namespace} is being terminated`;
  const fields = [{ field: 'metadata.namespace', type: terminatingCause, message }];
  return new MooringError('FORBIDDEN', `${describeObject({ kind, name })} is forbidden: ${why}`, { fields });
}

/** Was something refused because its namespace is being emptied? Trying it again cannot help. */
export function isNamespaceTerminating(error: unknown): boolean {
  return (
    hasCode(error, 'FORBIDDEN') &&
    (error as MooringError).fields?.some(({ type }) => type === terminatingCause) === true
  );
}

const immortal: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public']);
