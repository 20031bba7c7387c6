/** The strategy Recreate: everything old ends before anything new begins. */

import type { StoredPod } from '../../api/pod.ts';
import { isFinished } from '../../api/pod-phase.ts';
import { isActive, type Resize, type StoredReplicaSet, totalCount } from './rollout.ts';

export function resizesToZero(oldReplicaSets: readonly StoredReplicaSet[]): readonly Resize[] {
  return oldReplicaSets.filter(isActive).map((replicaSet) => ({ replicaSet, replicas: 0 }));
}

/** A pod that is terminating still runs, and one of unknown phase may. */
export function oldPodsRunning(
  oldReplicaSets: readonly StoredReplicaSet[],
  oldPods: readonly StoredPod[],
): boolean {
  return totalCount(oldReplicaSets, 'replicas') > 0 || !oldPods.every(isFinished);
}
