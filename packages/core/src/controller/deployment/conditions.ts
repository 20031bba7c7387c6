/** How the conditions of a Deployment change: unlike those of a ReplicaSet they have two times. */

import { type ConditionStatus, formatTime } from '../../api/meta.ts';
import type { WorkloadCondition } from '../../api/workloads.ts';
import { conditionOf, removeCondition } from '../replication/workload-conditions.ts';

export type Conditions = readonly WorkloadCondition[];

export function newCondition(
  type: string,
  status: ConditionStatus,
  reason: string,
  message: string,
  nowMs: number,
): WorkloadCondition {
  const now = formatTime(nowMs);
  return { type, status, reason, message, lastUpdateTime: now, lastTransitionTime: now };
}

/**
 * One with the same status and reason stays as it is, message and times included; the time of the transition stays while
 * the status does.
 */
export function withCondition(conditions: Conditions, condition: WorkloadCondition): Conditions {
  const current = conditionOf(conditions, condition.type);
  if (current?.status === condition.status && current.reason === condition.reason) return conditions;
  return withRefreshedCondition(conditions, condition);
}

/** As `withCondition`, but one with the same status and reason gets the new message and time of update. */
export function withRefreshedCondition(conditions: Conditions, condition: WorkloadCondition): Conditions {
  const current = conditionOf(conditions, condition.type);
  const { lastTransitionTime } = current?.status === condition.status ? current : condition;
  return [
    ...removeCondition(conditions, condition.type),
    { ...condition, ...(lastTransitionTime !== undefined && { lastTransitionTime }) },
  ];
}
