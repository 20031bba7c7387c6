/** Conditions in the status of workloads: at most one of each type. */

import type { WorkloadCondition } from '../../api/workloads.ts';

type Conditions = readonly WorkloadCondition[];

export function conditionOf(conditions: Conditions | undefined, type: string): WorkloadCondition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** Puts it in the place of the one of its type. One with the same status and reason stays as it is, message and all. */
export function setCondition(conditions: Conditions, condition: WorkloadCondition): Conditions {
  const { type, status, reason } = condition;
  const current = conditionOf(conditions, type);
  if (current?.status === status && current.reason === reason) return conditions;
  return [...removeCondition(conditions, type), condition];
}

export function removeCondition(conditions: Conditions, type: string): Conditions {
  return conditions.filter((condition) => condition.type !== type);
}
