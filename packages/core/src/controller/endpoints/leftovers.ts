/** What is left of a Service that is gone. */

import type { ApiObject } from '../../api/meta.ts';
import type { ReconcileContext, ReconcileRequest } from '../../contract/controller.ts';
import { hasCode } from '../../contract/error.ts';
import type { ObjectStore } from '../../contract/object-store.ts';

/**
 * Asks the store itself. What belongs to a Service that the cache does not hold is taken away only then: the cache may be
 * behind, and another controller may have begun to serve a new Service of that name.
 */
export async function isServiceThere(
  { namespace, name }: ReconcileRequest,
  { objects }: ReconcileContext,
  signal: AbortSignal,
): Promise<boolean> {
  return (await objects.get('Service', namespace, name, signal)) !== undefined;
}

/** Others, such as the garbage collector, may be faster. */
export async function deleteIfThere(
  { kind, metadata }: ApiObject,
  objects: ObjectStore,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name = '', uid } = metadata;
  try {
    await objects.delete(kind, namespace, name, { uid, signal });
  } catch (error) {
    if (!hasCode(error, 'NOT_FOUND')) throw error;
  }
}
