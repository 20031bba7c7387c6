/** How a rollout is getting on: the condition Progressing, and when it has to be judged again. */

import { parseTime } from '../../api/meta.ts';
import type { DeploymentStatus, WorkloadCondition } from '../../api/workloads.ts';
import { conditionOf, removeCondition } from '../replication/workload-conditions.ts';
import { newCondition, withCondition, withRefreshedCondition } from './conditions.ts';
import { progressDeadlineMs } from './deployment-spec.ts';
import type { Rollout, StoredDeployment } from './rollout.ts';
import { deploymentStatus, isComplete } from './status.ts';

export const progressReasons = {
  created: 'NewReplicaSetCreated',
  found: 'FoundNewReplicaSet',
  updated: 'ReplicaSetUpdated',
  available: 'NewReplicaSetAvailable',
  timedOut: 'ProgressDeadlineExceeded',
  createError: 'ReplicaSetCreateError',
  paused: 'DeploymentPaused',
  resumed: 'DeploymentResumed',
} as const;

const progressing = 'Progressing';
const replicaFailure = 'ReplicaFailure';

export function progressOf(status: DeploymentStatus | undefined): WorkloadCondition | undefined {
  return conditionOf(status?.conditions, progressing);
}

/** The status at the end of a look at a rollout. */
export function rolloutStatus(rollout: Rollout, nowMs: number): DeploymentStatus {
  const status = deploymentStatus(rollout, nowMs);
  const conditions = withFailure(rollout, withProgress(rollout, status, nowMs));
  return { ...status, conditions };
}

/** Did more pods get updated, ready or available, or are there fewer old ones? */
export function hasProgressed(before: DeploymentStatus, after: DeploymentStatus): boolean {
  const old = ({ replicas = 0, updatedReplicas = 0 }: DeploymentStatus) => replicas - updatedReplicas;
  const grew = (count: 'updatedReplicas' | 'readyReplicas' | 'availableReplicas') =>
    (after[count] ?? 0) > (before[count] ?? 0);
  return (
    grew('updatedReplicas') || old(after) < old(before) || grew('readyReplicas') || grew('availableReplicas')
  );
}

/** By the times that are stored, so that no restart of a controller gives a rollout more time. */
export function hasTimedOut(deployment: StoredDeployment, status: DeploymentStatus, nowMs: number): boolean {
  const condition = progressOf(status);
  if (condition === undefined || progressDeadlineMs(deployment.spec) === undefined) return false;
  if (condition.reason === progressReasons.timedOut) return true;
  const leftMs = progressLeftMs(deployment, condition, nowMs);
  return leftMs !== undefined && leftMs < 0;
}

/** How long until the rollout times out, at least 0; absent when it cannot, or has already. */
export function recheckAfterMs(
  deployment: StoredDeployment,
  status: DeploymentStatus,
  nowMs: number,
): number | undefined {
  const condition = progressOf(status);
  if (condition === undefined || isComplete(deployment, status)) return undefined;
  if (condition.reason === progressReasons.timedOut) return undefined;
  const leftMs = progressLeftMs(deployment, condition, nowMs);
  return leftMs === undefined ? undefined : Math.max(0, leftMs);
}

/** Pausing stops the clock of the deadline, resuming starts it anew. A rollout that has timed out stays so. */
export function pauseCondition(deployment: StoredDeployment, nowMs: number): WorkloadCondition | undefined {
  const { spec, status } = deployment;
  const reason = progressOf(status)?.reason;
  if (progressDeadlineMs(spec) === undefined || reason === progressReasons.timedOut) return undefined;
  const isNoted = reason === progressReasons.paused;
  if ((spec.paused ?? false) === isNoted) return undefined;
  return isNoted
    ? newCondition(progressing, 'Unknown', progressReasons.resumed, 'Deployment is resumed', nowMs)
    : newCondition(progressing, 'Unknown', progressReasons.paused, 'Deployment is paused', nowMs);
}

/** The first thing said about a rollout whose ReplicaSet was there before anybody asked for its progress. */
export function foundCondition(
  { deployment, newReplicaSet }: Rollout,
  nowMs: number,
): WorkloadCondition | undefined {
  if (newReplicaSet === undefined || progressDeadlineMs(deployment.spec) === undefined) return undefined;
  if (progressOf(deployment.status) !== undefined) return undefined;
  const message = `Found new replica set "${newReplicaSet.metadata.name}"`;
  return newCondition(progressing, 'True', progressReasons.found, message, nowMs);
}

export function createdCondition(replicaSet: string, nowMs: number): WorkloadCondition {
  const message = `Created new replica set "${replicaSet}"`;
  return newCondition(progressing, 'True', progressReasons.created, message, nowMs);
}

export function createErrorCondition(message: string, nowMs: number): WorkloadCondition {
  return newCondition(progressing, 'False', progressReasons.createError, message, nowMs);
}

/** With one more thing noted about the rollout in its status; nothing is noted where there is no deadline. */
export function noted(
  deployment: StoredDeployment,
  condition: WorkloadCondition,
): StoredDeployment & { readonly status: DeploymentStatus } {
  const { status = {} } = deployment;
  if (progressDeadlineMs(deployment.spec) === undefined) return { ...deployment, status };
  return {
    ...deployment,
    status: { ...status, conditions: withCondition(status.conditions ?? [], condition) },
  };
}

function withProgress(rollout: Rollout, status: DeploymentStatus, nowMs: number) {
  const { deployment } = rollout;
  const conditions = status.conditions ?? [];
  if (progressDeadlineMs(deployment.spec) === undefined) return removeCondition(conditions, progressing);
  // A rollout that has been completed is over: what happens to its pods later is no lack of progress.
  const isOver = progressOf(status)?.reason === progressReasons.available;
  if (isOver && status.replicas === status.updatedReplicas) return conditions;
  const words = wordsFor(rollout);
  if (isComplete(deployment, status)) {
    const message = `${words} has successfully progressed.`;
    return withCondition(
      conditions,
      newCondition(progressing, 'True', progressReasons.available, message, nowMs),
    );
  }
  if (hasProgressed(deployment.status ?? {}, status)) {
    const message = `${words} is progressing.`;
    return withRefreshedCondition(
      conditions,
      newCondition(progressing, 'True', progressReasons.updated, message, nowMs),
    );
  }
  if (!hasTimedOut(deployment, status, nowMs)) return conditions;
  const message = `${words} has timed out progressing.`;
  return withCondition(
    conditions,
    newCondition(progressing, 'False', progressReasons.timedOut, message, nowMs),
  );
}

function wordsFor({ deployment, newReplicaSet }: Rollout): string {
  return newReplicaSet === undefined
    ? `Deployment "${deployment.metadata.name}"`
    : `ReplicaSet "${newReplicaSet.metadata.name}"`;
}

/** The first failure that a ReplicaSet reports, the new one before others. */
function withFailure(rollout: Rollout, conditions: readonly WorkloadCondition[]) {
  const { newReplicaSet, oldReplicaSets } = rollout;
  const failures = [newReplicaSet, ...oldReplicaSets].map((one) =>
    conditionOf(one?.status?.conditions, replicaFailure),
  );
  const failure = failures.find((one) => one !== undefined);
  if (failure === undefined) return removeCondition(conditions, replicaFailure);
  const { lastTransitionTime } = failure;
  return withCondition(conditions, {
    ...failure,
    ...(lastTransitionTime !== undefined && { lastUpdateTime: lastTransitionTime }),
  });
}

/** Absent when there is no deadline, or none that counts: a rollout that has been completed never times out. */
function progressLeftMs(
  { spec }: StoredDeployment,
  { reason, lastUpdateTime }: WorkloadCondition,
  nowMs: number,
): number | undefined {
  const deadlineMs = progressDeadlineMs(spec);
  if (deadlineMs === undefined || reason === progressReasons.available) return undefined;
  return (parseTime(lastUpdateTime) ?? 0) + deadlineMs - nowMs;
}
