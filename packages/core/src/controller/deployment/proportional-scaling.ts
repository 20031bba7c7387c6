/**
 * What a Deployment does when it is scaled, or while it is paused: its ReplicaSets keep their shares. If only the new one
 * grew, or only old ones shrank, scaling would hasten a rollout that may turn out to be bad.
 */

import { isRollingUpdate, sizeOf } from './deployment-spec.ts';
import { fencepostsOf } from './fenceposts.ts';
import { desiredReplicasOf, maxReplicasOf } from './revision.ts';
import {
  allReplicaSets,
  byCreation,
  isActive,
  type Resize,
  type Rollout,
  type StoredDeployment,
  type StoredReplicaSet,
  totalSize,
} from './rollout.ts';

/** The Deployment had another size when one of its ReplicaSets was scaled last. */
export function isScalingEvent(rollout: Rollout): boolean {
  const wanted = sizeOf(rollout.deployment);
  const active = allReplicaSets(rollout).filter(isActive);
  return active.some((one) => (desiredReplicasOf(one) ?? wanted) !== wanted);
}

/** Fully scaled for the current size, and available. */
export function isSaturated(deployment: StoredDeployment, replicaSet: StoredReplicaSet): boolean {
  const { status } = replicaSet;
  const sizes = [sizeOf(replicaSet), desiredReplicasOf(replicaSet), status?.availableReplicas ?? 0];
  return sizes.every((size) => size === sizeOf(deployment));
}

/**
 * The size of every ReplicaSet concerned, also where it stays: the annotations that tell its share may be out of date. With
 * Recreate sizes are left to the strategy.
 */
export function scaledSizes(rollout: Rollout): readonly Resize[] {
  const { deployment, newReplicaSet, oldReplicaSets } = rollout;
  const active = allReplicaSets(rollout).filter(isActive);
  const [first, ...others] = active;
  const newest = newReplicaSet ?? [...oldReplicaSets].sort(byCreation).at(-1);
  const only = others.length > 0 ? undefined : (first ?? newest);
  if (only !== undefined) return [{ replicaSet: only, replicas: sizeOf(deployment) }];
  if (newReplicaSet !== undefined && isSaturated(deployment, newReplicaSet))
    return active.map((one) => ({ replicaSet: one, replicas: one === newReplicaSet ? sizeOf(one) : 0 }));
  return isRollingUpdate(deployment.spec) ? shares(deployment, active) : active.map(asItIs);
}

function asItIs(replicaSet: StoredReplicaSet): Resize {
  return { replicaSet, replicas: sizeOf(replicaSet) };
}

/** The largest first; it also gets what rounding leaves over. */
function shares(deployment: StoredDeployment, active: readonly StoredReplicaSet[]): readonly Resize[] {
  const allowed = sizeOf(deployment) > 0 ? maxSize(deployment) : 0;
  const toAdd = allowed - totalSize(active);
  if (toAdd === 0) return active.map(asItIs);
  let left = toAdd;
  const base = deployment.status?.replicas || totalSize(active);
  const sized = [...active].sort(bySize(toAdd)).map((replicaSet) => {
    const share = shareOf(deployment, replicaSet, base) - sizeOf(replicaSet);
    const added = left === 0 ? 0 : toAdd > 0 ? Math.min(share, left) : Math.max(share, left);
    left -= added;
    return { replicaSet, replicas: sizeOf(replicaSet) + added };
  });
  return sized.map((resize, i) =>
    i === 0 ? { ...resize, replicas: Math.max(0, resize.replicas + left) } : resize,
  );
}

/** Newer ones grow first, older ones shrink first. */
function bySize(toAdd: number) {
  return (a: StoredReplicaSet, b: StoredReplicaSet) =>
    sizeOf(b) - sizeOf(a) || (toAdd > 0 ? byCreation(b, a) : byCreation(a, b));
}

/** Half a pod counts as one. */
function shareOf(deployment: StoredDeployment, replicaSet: StoredReplicaSet, base: number): number {
  if (sizeOf(deployment) === 0) return 0;
  return Math.round((sizeOf(replicaSet) * maxSize(deployment)) / (maxReplicasOf(replicaSet) || base));
}

function maxSize(deployment: StoredDeployment): number {
  return sizeOf(deployment) + fencepostsOf(deployment).maxSurge;
}
