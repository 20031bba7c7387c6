import { historyMax, sizeOf } from './deployment-spec.ts';
import { compareRevisions } from './revision.ts';
import { byCreation, type Rollout, type StoredReplicaSet } from './rollout.ts';

/** The old ReplicaSets beyond the limit, lowest revisions first, as far as they are empty and have been seen to be. */
export function expiredHistory({ deployment, oldReplicaSets }: Rollout): readonly StoredReplicaSet[] {
  const max = historyMax(deployment.spec);
  if (max === undefined) return [];
  const kept = oldReplicaSets.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const oldestFirst = kept.sort((a, b) => compareRevisions(a, b) || byCreation(a, b));
  return oldestFirst.slice(0, Math.max(0, kept.length - max)).filter(isEmpty);
}

function isEmpty(replicaSet: StoredReplicaSet): boolean {
  const { metadata, status } = replicaSet;
  const isObserved = (metadata.generation ?? 0) <= (status?.observedGeneration ?? 0);
  return isObserved && sizeOf(replicaSet) === 0 && (status?.replicas ?? 0) === 0;
}
