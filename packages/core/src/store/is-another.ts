import type { ObjectMeta } from '../api/meta.ts';
import { hasCode } from '../contract/error.ts';
import type { ObjectStore } from '../contract/object-store.ts';

/**
 * Whether a write failed because the object of that name is gone or another one by now. A conflict alone does not say so:
 * others may have kept changing it.
 */
export async function isAnother(
  kind: string,
  { namespace, name = '', uid }: Pick<ObjectMeta, 'namespace' | 'name' | 'uid'>,
  error: unknown,
  objects: Pick<ObjectStore, 'get'>,
  signal: AbortSignal,
): Promise<boolean> {
  if (hasCode(error, 'NOT_FOUND')) return true;
  if (!hasCode(error, 'CONFLICT')) return false;
  return (await objects.get(kind, namespace, name, signal))?.metadata.uid !== uid;
}
