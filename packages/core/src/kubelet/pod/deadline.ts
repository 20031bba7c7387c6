/** `activeDeadlineSeconds`: how long a pod may be active on its node, from the stored `startTime`. */

import { parseTime } from '../../api/meta.ts';
import type { PodSpec, PodStatus } from '../../api/pod.ts';

/** What the status of a pod says that was active too long. */
export const deadlineExceeded = {
  phase: 'Failed',
  reason: 'DeadlineExceeded',
  message: 'Pod was active on the node longer than the specified deadline',
} as const;

/** Milliseconds until the deadline, 0 once it is reached; `undefined` without one, or before the pod has a start time. */
export function deadlineRemainingMs(
  spec: Pick<PodSpec, 'activeDeadlineSeconds'>,
  status: Pick<PodStatus, 'startTime'> | undefined,
  nowMs: number,
): number | undefined {
  const startMs = parseTime(status?.startTime);
  if (spec.activeDeadlineSeconds === undefined || startMs === undefined) return undefined;
  return Math.max(0, startMs + spec.activeDeadlineSeconds * 1000 - nowMs);
}
