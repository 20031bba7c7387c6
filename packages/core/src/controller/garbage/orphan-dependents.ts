import { orphanFinalizer } from '../../api/finalizers.ts';
import { kindInfo } from '../../api/kinds.ts';
import type { ReconcileContext } from '../../contract/controller.ts';
import { type AnyObject, forEachObject } from '../for-each-object.ts';
import { changeOwners, takeOffFinalizer } from './collect-dependents.ts';
import { collectedKinds } from './owner-graph.ts';

/**
 * Takes the owner out of all its dependents, then lets it go. The dependents are read from the store: one that the caches
 * do not show yet would be left with a dead owner, and be deleted although it was to live on.
 */
export async function orphanDependents(
  owner: AnyObject,
  context: ReconcileContext,
  signal: AbortSignal,
): Promise<void> {
  const { uid, namespace } = owner.metadata;
  const isOther = (reference: { readonly uid: string }) => reference.uid !== uid;
  const filter = ({ metadata }: AnyObject) => metadata.ownerReferences?.every(isOther) === false;
  for (const kind of collectedKinds) {
    // Nothing without a namespace is owned by what has one.
    if (namespace !== undefined && kindInfo(kind)?.isNamespaced === false) continue;
    const { items } = await context.objects.list(kind, namespace, { filter, signal });
    const [error] = await forEachObject(items, signal, (dependent) =>
      changeOwners(dependent, context, signal, (owners) => owners.filter(isOther)),
    );
    if (error !== undefined) throw error;
  }
  await takeOffFinalizer(owner, orphanFinalizer, context, signal);
}
