/**
 * Empties a Namespace that is being deleted, its pods first, then lets it go. A namespace without an object of its own is
 * never looked at.
 */

import { isNamespace, namespaceFinalizer, namespaceFinalizersOf } from '../../api/finalizers.ts';
import { kindInfo, knownKinds } from '../../api/kinds.ts';
import type { ApiObject } from '../../api/meta.ts';
import type { Namespace } from '../../api/objects.ts';
import {
  type Controller,
  type ControllerCaches,
  defineController,
  type ObjectChange,
  type ReconcileContext,
  type ReconcileOutcome,
  type ReconcileRequest,
} from '../../contract/controller.ts';
import { hasCode } from '../../contract/error.ts';
import { namespaceIndex } from '../../store/common-indices.ts';
import { type AnyObject, forEachObject } from '../for-each-object.ts';
import { namespaceConditions } from './namespace-conditions.ts';

/** Events are too many to be cached, and come and go by themselves: they are deleted at the end. */
const cachedKinds = knownKinds().filter((kind) => kind !== 'Event' && kindInfo(kind)?.isNamespaced === true);

/** The store has what the caches do not show yet. */
const cacheLagMs = 1000;

export function namespaceController(): Controller {
  return defineController({
    name: 'namespace',
    kind: 'Namespace',
    concerns: ({ object }) => isTerminating(object),
    watches: cachedKinds.map((kind) => ({ kind, requestsOf })),
    concurrency: 10,
    reconcile: ({ name }, context, signal) => lookAtNamespace(name, context, signal),
  });
}

function isTerminating(object: ApiObject): boolean {
  return (
    object.metadata.deletionTimestamp !== undefined &&
    namespaceFinalizersOf(object).includes(namespaceFinalizer)
  );
}

const none: readonly ReconcileRequest[] = [];

/** What comes into a namespace that is being emptied, and what goes. */
function requestsOf(
  { object, old, isDeleted }: ObjectChange<ApiObject>,
  caches: ControllerCaches,
): readonly ReconcileRequest[] {
  if (old !== undefined && !isDeleted) return none;
  const { namespace = '' } = object.metadata;
  const found = caches.cache('Namespace').get(undefined, namespace);
  return found !== undefined && isTerminating(found) ? [{ namespace: undefined, name: namespace }] : none;
}

async function lookAtNamespace(
  name: string,
  context: ReconcileContext,
  signal: AbortSignal,
): Promise<ReconcileOutcome | undefined> {
  const namespace = context.cache('Namespace').get(undefined, name);
  if (namespace === undefined || !isTerminating(namespace)) return undefined;
  const pods = contentOf(name, ['Pod'], context);
  // What pods use must not go before them.
  const content = pods.length > 0 ? pods : contentOf(name, cachedKinds, context);
  const errors = await deleteAll(content, context, signal);
  if (content.length > 0) {
    await writeConditions(
      namespace,
      { remaining: contentOf(name, cachedKinds, context), errors },
      context,
      signal,
    );
    if (errors.length > 0) throw errors[0];
    return undefined;
  }
  if (!(await isEmpty(name, context, signal))) return { againAfterMs: cacheLagMs };
  const { items: events } = await context.objects.list('Event', name, { signal });
  const [error] = await deleteAll(events, context, signal);
  if (error !== undefined) throw error;
  await finalize(namespace, context, signal);
  return undefined;
}

function contentOf(
  namespace: string,
  kinds: readonly string[],
  { cache }: ControllerCaches,
): readonly AnyObject[] {
  return kinds.flatMap((kind) => cache(kind).byIndex(namespaceIndex, namespace));
}

/** The finalizer is the last word: whether anything is left is asked of the store. */
async function isEmpty(
  namespace: string,
  { objects }: ReconcileContext,
  signal: AbortSignal,
): Promise<boolean> {
  for (const kind of cachedKinds) {
    const { items } = await objects.list(kind, namespace, { signal });
    if (items.length > 0) return false;
  }
  return true;
}

/** What could not be deleted, and why. */
async function deleteAll(
  content: readonly AnyObject[],
  { objects }: ReconcileContext,
  signal: AbortSignal,
): Promise<readonly unknown[]> {
  const unmarked = content.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return await forEachObject(unmarked, signal, async ({ kind, metadata: { namespace, name, uid } }) => {
    try {
      await objects.delete(kind, namespace, name, { uid, propagationPolicy: 'Background', signal });
    } catch (error) {
      // Gone, or another object by now, which will be heard of.
      if (!hasCode(error, 'NOT_FOUND') && !hasCode(error, 'CONFLICT')) throw error;
    }
  });
}

async function writeConditions(
  { metadata: { name } }: Namespace & AnyObject,
  content: Parameters<typeof namespaceConditions>[1],
  { objects, clock }: ReconcileContext,
  signal: AbortSignal,
): Promise<void> {
  const withConditions = (current: Namespace & AnyObject): Namespace => ({
    ...current,
    status: { ...current.status, conditions: namespaceConditions(current, content, clock.now()) },
  });
  await objects.patchWith('Namespace', undefined, name, withConditions, { subresource: 'status', signal });
}

async function finalize(
  { metadata: { name, uid } }: Namespace & AnyObject,
  { objects }: ReconcileContext,
  signal: AbortSignal,
): Promise<void> {
  const withoutFinalizer = (current: Namespace & AnyObject): Namespace | undefined => {
    if (current.metadata.uid !== uid || !isNamespace(current)) return undefined;
    const finalizers = namespaceFinalizersOf(current).filter((one) => one !== namespaceFinalizer);
    return { ...current, spec: { ...current.spec, finalizers } };
  };
  try {
    await objects.patchWith('Namespace', undefined, name, withoutFinalizer, { signal });
  } catch (error) {
    if (!hasCode(error, 'NOT_FOUND')) throw error;
  }
}
