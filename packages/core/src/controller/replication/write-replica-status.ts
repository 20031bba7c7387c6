import type { ReplicaSetStatus } from '../../api/workloads.ts';
import type { ReconcileContext } from '../../contract/controller.ts';
import { hasCode } from '../../contract/error.ts';
import { jsonEqual } from '../../store/json-equal.ts';
import type { PodSet, PodSetKind } from './pod-set.ts';

/**
 * Writes what `statusOf` makes of the status there is, unless that is the same. When the set was changed since it was
 * cached, it is read once and the status made anew, so that no condition of somebody else is lost; then `CONFLICT`.
 */
export async function writeReplicaStatus(
  { kind }: PodSetKind,
  set: PodSet,
  statusOf: (previous: ReplicaSetStatus | undefined) => ReplicaSetStatus,
  { objects }: Pick<ReconcileContext, 'objects'>,
  signal: AbortSignal,
): Promise<void> {
  const write = async (current: PodSet) => {
    const status = statusOf(current.status);
    if (!jsonEqual(current.status, status)) await objects.updateStatus({ ...current, status }, signal);
  };
  try {
    await write(set);
  } catch (error) {
    if (!hasCode(error, 'CONFLICT')) throw error;
    const { namespace, name, uid } = set.metadata;
    const fresh = await objects.get(kind, namespace, name, signal);
    // Gone, or another one of its name: there is no status to write.
    if (fresh?.metadata.uid === uid) await write(fresh);
  }
}
