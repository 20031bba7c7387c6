/** Who owns whom, as the caches know it: objects are found by the UIDs that their owner references name. */

import { finalizersOf, foregroundFinalizer, hasFinalizer } from '../../api/finalizers.ts';
import { kindInfo, knownKinds } from '../../api/kinds.ts';
import type { ApiObject, OwnerReference } from '../../api/meta.ts';
import type { ControllerCaches } from '../../contract/controller.ts';
import type { IndexFunction } from '../../contract/informer.ts';
import type { AnyObject } from '../for-each-object.ts';

/** Events may own nothing, are owned by nothing, and are too many to be cached. */
export const collectedKinds: readonly string[] = knownKinds().filter((kind) => kind !== 'Event');

const ownerUIDIndex = 'ownerUID';
const heldIndex = 'held';

const indices: Readonly<Record<string, IndexFunction<ApiObject>>> = {
  /** By the UIDs of all owners. */
  [ownerUIDIndex]: ({ metadata }) => metadata.ownerReferences?.map(({ uid }) => uid),
  /** What finalizers keep from going, by its own UID. */
  [heldIndex]: (object) => (isHeld(object) ? object.metadata.uid : undefined),
};

/** What the caches of all kinds need for an `OwnerGraph`. */
export const graphIndices = Object.fromEntries(collectedKinds.map((kind) => [kind, indices]));

/** Marked for deletion, and kept by finalizers. */
export function isHeld(object: ApiObject): boolean {
  return object.metadata.deletionTimestamp !== undefined && finalizersOf(object).length > 0;
}

/** Marked for deletion, and waiting for its dependents to go first. */
export function waitsForDependents(object: ApiObject): boolean {
  return object.metadata.deletionTimestamp !== undefined && hasFinalizer(object, foregroundFinalizer);
}

/** Can such an owner exist at all? What has no namespace is owned by nothing that has one. */
export function mayOwn({ kind }: OwnerReference, namespace: string | undefined): boolean {
  if (!collectedKinds.includes(kind)) return false;
  return namespace !== undefined || kindInfo(kind)?.isNamespaced === false;
}

export class OwnerGraph {
  private readonly caches: ControllerCaches;

  constructor(caches: ControllerCaches) {
    this.caches = caches;
  }

  dependentsOf(uid: string): readonly AnyObject[] {
    return collectedKinds.flatMap((kind) => this.caches.cache(kind).byIndex(ownerUIDIndex, uid));
  }

  hasDependents(uid: string): boolean {
    return collectedKinds.some((kind) => this.caches.cache(kind).byIndex(ownerUIDIndex, uid).length > 0);
  }

  /** The object with this UID, when finalizers keep it. */
  held(uid: string): AnyObject | undefined {
    for (const kind of collectedKinds) {
      const [found] = this.caches.cache(kind).byIndex(heldIndex, uid);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** What a reference in an object of this namespace names; `undefined` also where another object has the name. */
  owner(reference: OwnerReference, namespace: string | undefined): AnyObject | undefined {
    if (!mayOwn(reference, namespace)) return undefined;
    const found = this.caches.cache(reference.kind).get(namespace, reference.name);
    return found?.metadata.uid === reference.uid ? found : undefined;
  }

  /** Is there such an owner, but in a namespace from where it cannot own this? Walks over all objects of the kind. */
  isElsewhere({ kind, uid }: OwnerReference, namespace: string | undefined): boolean {
    const found = this.caches
      .cache(kind)
      .list()
      .find(({ metadata }) => metadata.uid === uid);
    return found?.metadata.namespace !== undefined && found.metadata.namespace !== namespace;
  }

  /** Dependents that must be gone before an owner that waits for them may go. */
  blockersOf(uid: string): readonly AnyObject[] {
    return this.dependentsOf(uid).filter(({ metadata }) =>
      metadata.ownerReferences?.some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true),
    );
  }

  /** Does `object` wait, by way of any number of others, for the object with this UID to go? */
  waitsFor(object: AnyObject, uid: string): boolean {
    const seen = new Set<string>();
    const open = [object];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { uid: own } = next.metadata;
      if (own === uid) return true;
      if (seen.has(own) || !waitsForDependents(next)) continue;
      seen.add(own);
      open.push(...this.blockersOf(own));
    }
    return false;
  }
}
