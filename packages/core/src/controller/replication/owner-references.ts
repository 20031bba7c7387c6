/** References from objects to the one that controls them. */

import type { ApiObject, ObjectMeta, OwnerReference } from '../../api/meta.ts';

/** What an owner must have to be referred to. */
export type Owner = ApiObject & {
  readonly metadata: ObjectMeta & { readonly name: string; readonly uid: string };
};

/** The reference by which `owner` controls an object; only one may, and it blocks the owner's foreground deletion. */
export function controllerReference({ apiVersion, kind, metadata: { name, uid } }: Owner): OwnerReference {
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** The object as it is when `owner` controls it. A plain reference to the same owner gives way. */
export function withController<T extends ApiObject>(object: T, owner: Owner): T {
  const { ownerReferences = [] } = withoutOwner(object, owner.metadata.uid).metadata;
  return withOwnerReferences(object, [...ownerReferences, controllerReference(owner)]);
}

/** The object without any reference to this owner. */
export function withoutOwner<T extends ApiObject>(object: T, ownerUID: string): T {
  const { ownerReferences = [] } = object.metadata;
  return withOwnerReferences(
    object,
    ownerReferences.filter(({ uid }) => uid !== ownerUID),
  );
}

/** The object with these owners; without the field when there are none, as the API leaves out what is empty. */
export function withOwnerReferences<T extends ApiObject>(
  object: T,
  references: readonly OwnerReference[],
): T {
  const { ownerReferences: _, ...rest } = object.metadata;
  const metadata = references.length === 0 ? rest : { ...rest, ownerReferences: references };
  return { ...object, metadata };
}
