/** Conditions of a pod that others than its node agent write. */

import { formatTime } from './meta.ts';
import type { Pod, PodCondition, PodStatus } from './pod.ts';

/**
 * The status with this condition in the place of the one of its type. The time of transition moves with the status of the
 * condition only. Gives the same object back when nothing changes.
 */
export function withPodCondition(
  { metadata, status = {} }: Pod,
  condition: Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>,
  nowMs: number,
): PodStatus {
  const { conditions = [] } = status;
  const before = conditions.find(({ type }) => type === condition.type);
  const { generation } = metadata;
  const isSame =
    before?.status === condition.status &&
    before.reason === condition.reason &&
    before.message === condition.message &&
    before.observedGeneration === generation;
  if (isSame) return status;
  const since = before?.status === condition.status ? before.lastTransitionTime : undefined;
  const after: PodCondition = {
    lastProbeTime: null,
    lastTransitionTime: since ?? formatTime(nowMs),
    ...condition,
    ...(generation !== undefined && { observedGeneration: generation }),
  };
  const others = conditions.filter(({ type }) => type !== condition.type);
  // A pod that nobody has looked at yet has no phase in the store; to everybody who reads it, it is pending.
  return { ...status, phase: status.phase ?? 'Pending', conditions: [...others, after] };
}
