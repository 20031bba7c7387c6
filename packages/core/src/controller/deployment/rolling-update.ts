/** One step of a rolling update: the new ReplicaSet grows as far as the surge allows, then old ones shrink. */

import { isRollingUpdate, sizeOf } from './deployment-spec.ts';
import { fencepostsOf } from './fenceposts.ts';
import {
  allReplicaSets,
  availableOf,
  byCreation,
  isActive,
  type Resize,
  type Rollout,
  type StoredDeployment,
  type StoredReplicaSet,
  totalSize,
} from './rollout.ts';

/** `total`: the sizes of all ReplicaSets, this one included. */
export function newReplicaSetSize(
  deployment: StoredDeployment,
  { current, total }: { readonly current: number; readonly total: number },
): number {
  const wanted = sizeOf(deployment);
  if (!isRollingUpdate(deployment.spec) || current > wanted) return wanted;
  const room = wanted + fencepostsOf(deployment).maxSurge - total;
  return current + Math.max(0, Math.min(room, wanted - current));
}

/** Empty when the new ReplicaSet has the size that it may have. */
export function resizesOfNew(rollout: Rollout): readonly Resize[] {
  const { deployment, newReplicaSet: replicaSet } = rollout;
  if (replicaSet === undefined) return [];
  const current = sizeOf(replicaSet);
  const replicas = newReplicaSetSize(deployment, { current, total: totalSize(allReplicaSets(rollout)) });
  return replicas === current ? [] : [{ replicaSet, replicas }];
}

/**
 * First the pods that are not available go, for they would block the update; then as many as there are available beyond the
 * least that must be. Pods of the new ReplicaSet that are not available yet hold back what they will stand in for.
 */
export function resizesOfOld({ deployment, newReplicaSet, oldReplicaSets }: Rollout): readonly Resize[] {
  const old = oldReplicaSets.filter(isActive).sort(byCreation);
  const fresh = newReplicaSet === undefined ? [] : [newReplicaSet];
  const minAvailable = sizeOf(deployment) - fencepostsOf(deployment).maxUnavailable;
  const newUnavailable = totalSize(fresh) - totalAvailable(fresh);
  const removedMax = totalSize([...old, ...fresh]) - minAvailable - newUnavailable;
  if (removedMax <= 0) return [];
  const surplus = totalAvailable([...old, ...fresh]) - minAvailable;
  return scaleDown(removeUnavailable(old, removedMax), surplus).filter(changesSomething);
}

/** In the order given, so many in all at most. */
export function removeUnavailable(
  replicaSets: readonly StoredReplicaSet[],
  removedMax: number,
): readonly Resize[] {
  const plan = replicaSets.map((replicaSet) => ({ replicaSet, replicas: sizeOf(replicaSet) }));
  return removeInOrder(plan, removedMax, ({ replicaSet, replicas }) => replicas - availableOf(replicaSet));
}

/** In the order given, `surplus` pods in all, as far as there are so many. */
export function scaleDown(plan: readonly Resize[], surplus: number): readonly Resize[] {
  return removeInOrder(plan, surplus, ({ replicas }) => replicas);
}

function removeInOrder(
  plan: readonly Resize[],
  countMax: number,
  removable: (resize: Resize) => number,
): readonly Resize[] {
  let left = Math.max(0, countMax);
  return plan.map((resize) => {
    const removed = Math.min(left, removable(resize));
    left -= removed;
    return { ...resize, replicas: resize.replicas - removed };
  });
}

function totalAvailable(replicaSets: readonly StoredReplicaSet[]): number {
  return replicaSets.reduce((sum, one) => sum + availableOf(one), 0);
}

function changesSomething({ replicaSet, replicas }: Resize): boolean {
  return sizeOf(replicaSet) !== replicas;
}
