/** What the store itself asks of every write, whoever makes it: the right object, the right version, one owner in charge. */

import { type FieldError, FieldPath, invalid, invalidObjectMessage, required } from '../api/field-error.ts';
import type { ApiObject } from '../api/meta.ts';
import { isPlainObject } from '../api/screen.ts';
import { newFinalizerErrors, ownerReferenceErrors } from '../api/validate-meta.ts';
import { MooringError } from '../contract/error.ts';
import { describeObject, type ObjectName } from './keys.ts';

/** The state that a request says it was made from; what is empty or absent is not checked. */
export interface Expectation {
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
}

export const changedMeanwhile =
  'the object has been modified; please apply your changes to the latest version and try again';

/** Throws `CONFLICT` when the object that is there is another one, or in another state. */
export function checkExpectation(name: ObjectName, current: ApiObject, expected: Expectation): void {
  const { uid, resourceVersion } = current.metadata;
  if (expected.uid && expected.uid !== uid)
    throw conflict(
      name,
      `Precondition failed: UID in precondition: ${expected.uid}, UID in object meta: ${uid ?? ''}`,
    );
  if (expected.resourceVersion && expected.resourceVersion !== resourceVersion)
    throw conflict(name, changedMeanwhile);
}

/** Leases are for those who compare: whoever overwrites one without having read it takes it from its holder unseen. */
export function checkVersionGiven({ kind, metadata }: ApiObject): void {
  if (kind !== 'Lease' || metadata.resourceVersion) return;
  const path = new FieldPath('metadata').child('resourceVersion');
  throw refused({ kind, metadata }, [invalid(path, 0, 'must be specified for an update')]);
}

/** Throws when a change would make another object of the one that is there. What it leaves open is not compared. */
export function checkIdentity(current: ApiObject, wanted: ApiObject): void {
  const { kind } = current;
  const { name = '', namespace } = current.metadata;
  const given: unknown = wanted.metadata;
  if (!isPlainObject(given)) throw refused(current, [required(new FieldPath('metadata'))]);
  if (wanted.kind !== kind) throw immutable(current, 'kind', wanted.kind);
  if (wanted.metadata.name && wanted.metadata.name !== name)
    throw immutable(current, 'metadata.name', wanted.metadata.name);
  // Kinds without namespaces ignore the one that they are given.
  if (namespace !== undefined && wanted.metadata.namespace && wanted.metadata.namespace !== namespace)
    throw immutable(current, 'metadata.namespace', wanted.metadata.namespace);
  checkExpectation({ kind, name }, current, { uid: wanted.metadata.uid });
}

/**
 * Rules of metadata that hold without admission too: no two controllers own one object, and what is being deleted comes
 * to an end. `old` is absent for a new object. Throws `INVALID`.
 */
export function checkOwnership(object: ApiObject, old?: ApiObject): void {
  const { ownerReferences = [] } = object.metadata;
  // So it is with most new objects.
  if (ownerReferences.length === 0 && old === undefined) return;
  const path = new FieldPath('metadata');
  const errors = [
    ...ownerReferenceErrors(ownerReferences, path.child('ownerReferences')),
    ...(old ? newFinalizerErrors(object.metadata, old.metadata, path.child('finalizers')) : []),
  ];
  if (errors.length > 0) throw refused(object, errors);
}

export function conflict(name: ObjectName, words: string): MooringError {
  return new MooringError('CONFLICT', `Operation cannot be fulfilled on ${describeObject(name)}: ${words}`);
}

function immutable(object: ApiObject, field: string, value: string): MooringError {
  return refused(object, [invalid(new FieldPath(field), value, 'field is immutable')]);
}

function refused(
  { kind, metadata }: Pick<ApiObject, 'kind' | 'metadata'>,
  fields: readonly FieldError[],
): MooringError {
  return new MooringError('INVALID', invalidObjectMessage(kind, metadata.name ?? '', fields), { fields });
}
