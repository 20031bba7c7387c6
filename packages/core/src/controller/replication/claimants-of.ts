/** Who has to be looked at because something changed that it owns, or could own. */

import type { ApiObject, Labels, StoredMeta } from '../../api/meta.ts';
import type { ObjectChange, ReconcileRequest } from '../../contract/controller.ts';
import type { ObjectCache } from '../../contract/informer.ts';
import { controllerOf, namespaceIndex } from '../../store/common-indices.ts';
import { jsonEqual } from '../../store/json-equal.ts';

/** All objects of a kind that owns others by a selector. */
export interface Claimants<T extends StoredObject> {
  readonly kind: string;
  readonly cache: Pick<ObjectCache<T>, 'get' | 'byIndex'>;
  selects(claimant: T, labels: Labels): boolean;
}

type StoredObject = ApiObject & { readonly metadata: StoredMeta };

/**
 * The owner of the object, and its former one when it changed hands. One of nobody concerns all that could adopt it, but
 * only when it is new or could not be adopted before; one that is going away concerns none of them.
 */
export function claimantsOf<T extends StoredObject>(
  { object, old, isDeleted }: ObjectChange<ApiObject>,
  claimants: Claimants<T>,
): readonly ReconcileRequest[] {
  const owner = controllerOf(object);
  const formerOwner = old === undefined ? undefined : controllerOf(old);
  const hasChangedHands = old !== undefined && formerOwner?.uid !== owner?.uid;
  const former = hasChangedHands ? ownersOf(old, claimants) : [];
  if (owner !== undefined) return requests([...former, ...ownersOf(object, claimants)]);
  if (isDeleted || object.metadata.deletionTimestamp !== undefined) return requests(former);
  const isNews =
    old === undefined || hasChangedHands || !jsonEqual(old.metadata.labels, object.metadata.labels);
  return requests(isNews ? [...new Set([...former, ...claimantsSelecting(object, claimants)])] : former);
}

/** Those that could adopt the object; none for one without labels. */
export function claimantsSelecting<T extends StoredObject>(
  { metadata }: ApiObject,
  { cache, selects }: Pick<Claimants<T>, 'selects'> & { readonly cache: Pick<ObjectCache<T>, 'byIndex'> },
): readonly T[] {
  const { labels = {}, namespace = '' } = metadata;
  if (Object.keys(labels).length === 0) return [];
  return cache.byIndex(namespaceIndex, namespace).filter((claimant) => selects(claimant, labels));
}

/** The one that the object's reference names, unless that was another one of the same name. */
export function ownersOf<T extends StoredObject>(
  object: ApiObject,
  { kind, cache }: Pick<Claimants<T>, 'kind' | 'cache'>,
): readonly T[] {
  const reference = controllerOf(object);
  if (reference === undefined || reference.kind !== kind) return [];
  const owner = cache.get(object.metadata.namespace, reference.name);
  return owner?.metadata.uid === reference.uid ? [owner] : [];
}

function requests(owners: readonly StoredObject[]): readonly ReconcileRequest[] {
  return owners.map(({ metadata: { namespace, name } }) => ({ namespace, name }));
}
