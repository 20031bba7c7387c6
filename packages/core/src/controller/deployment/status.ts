/** What a Deployment reports of its ReplicaSets. */

import type { DeploymentStatus, WorkloadCondition } from '../../api/workloads.ts';
import { newCondition, withCondition } from './conditions.ts';
import { sizeOf } from './deployment-spec.ts';
import { fencepostsOf } from './fenceposts.ts';
import { allReplicaSets, type Rollout, type StoredDeployment, totalCount, totalSize } from './rollout.ts';

/** The counts, and the conditions that follow from them alone; those about a rollout stay as they are. */
export function deploymentStatus(rollout: Rollout, nowMs: number): DeploymentStatus {
  const { deployment, newReplicaSet } = rollout;
  const all = allReplicaSets(rollout);
  const { generation } = deployment.metadata;
  const { collisionCount, conditions = [] } = deployment.status ?? {};
  const availableReplicas = totalCount(all, 'availableReplicas');
  const counts = {
    ...(generation !== undefined && { observedGeneration: generation }),
    replicas: totalCount(all, 'replicas'),
    updatedReplicas: totalCount(newReplicaSet === undefined ? [] : [newReplicaSet], 'replicas'),
    readyReplicas: totalCount(all, 'readyReplicas'),
    availableReplicas,
    unavailableReplicas: Math.max(0, totalSize(all) - availableReplicas),
    terminatingReplicas: totalCount(all, 'terminatingReplicas'),
    ...(collisionCount !== undefined && { collisionCount }),
  };
  const current = [available(deployment, counts, nowMs), asDesired(deployment, counts, nowMs)];
  return { ...counts, conditions: current.reduce(withCondition, conditions) };
}

/** All pods are of the newest template and available, none are left over, and the latest spec has been acted on. */
export function isComplete(deployment: StoredDeployment, status: DeploymentStatus): boolean {
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0, observedGeneration = 0 } = status;
  const wanted = sizeOf(deployment);
  return (
    [updatedReplicas, replicas, availableReplicas].every((count) => count === wanted) &&
    observedGeneration >= (deployment.metadata.generation ?? 0)
  );
}

function available(deployment: StoredDeployment, status: DeploymentStatus, nowMs: number): WorkloadCondition {
  const minAvailable = sizeOf(deployment) - fencepostsOf(deployment).maxUnavailable;
  return (status.availableReplicas ?? 0) >= minAvailable
    ? newCondition(
        'Available',
        'True',
        'MinimumReplicasAvailable',
        'Deployment has minimum availability.',
        nowMs,
      )
    : newCondition(
        'Available',
        'False',
        'MinimumReplicasUnavailable',
        'Deployment does not have minimum availability.',
        nowMs,
      );
}

/**
 * Not in Kubernetes, whose `Progressing` stays True when a finished Deployment breaks later. False tells by its time of
 * transition since when not everything is as it should be, whatever the reason.
 */
function asDesired(deployment: StoredDeployment, status: DeploymentStatus, nowMs: number): WorkloadCondition {
  return isComplete(deployment, status)
    ? newCondition(
        'AsDesired',
        'True',
        'AllReplicasAvailable',
        'All replicas are up to date and available.',
        nowMs,
      )
    : newCondition(
        'AsDesired',
        'False',
        'ReplicasMissing',
        'Not all replicas are up to date and available, or there are too many.',
        nowMs,
      );
}
