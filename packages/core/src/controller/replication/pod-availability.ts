/** Availability: ready for at least `minReadySeconds`. It comes with time alone, so somebody has to look at that moment. */

import { parseTime } from '../../api/meta.ts';
import type { Pod } from '../../api/pod.ts';
import { isPodReady, podCondition } from '../../api/pod-readiness.ts';

export function isAvailable(pod: Pick<Pod, 'status'>, minReadySeconds: number, nowMs: number): boolean {
  return availableAtMs(pod, minReadySeconds) <= nowMs;
}

/**
 * When the next of these pods that are ready becomes available, in milliseconds from now; `undefined` when none is
 * waiting for that. A pod that does not say since when it is ready is looked at again after the whole time.
 */
export function nextAvailabilityMs(
  pods: readonly Pick<Pod, 'status'>[],
  minReadySeconds: number,
  nowMs: number,
): number | undefined {
  const waits = pods
    .filter(isPodReady)
    .map((pod) => availableAtMs(pod, minReadySeconds) - nowMs)
    .filter((waitMs) => waitMs > 0);
  return waits.length === 0 ? undefined : Math.min(...waits, minReadySeconds * 1000);
}

/** Infinity for one that is not ready, or ready since nobody knows when. */
function availableAtMs(pod: Pick<Pod, 'status'>, minReadySeconds: number): number {
  if (!isPodReady(pod)) return Number.POSITIVE_INFINITY;
  if (minReadySeconds === 0) return Number.NEGATIVE_INFINITY;
  const readySinceMs = parseTime(podCondition(pod, 'Ready')?.lastTransitionTime);
  return readySinceMs === undefined ? Number.POSITIVE_INFINITY : readySinceMs + minReadySeconds * 1000;
}
