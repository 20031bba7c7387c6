/** Availability: ready for at least `minReadySeconds`. It comes with time alone, so somebody has to look at that moment. */

import { parseTime } from '../../api/meta.ts';
import type { Pod, PodCondition } from '../../api/pod.ts';
import { podCondition } from '../../api/pod-readiness.ts';

export function isAvailable(pod: Pick<Pod, 'status'>, minReadySeconds: number, nowMs: number): boolean {
  return availableAtMs(podCondition(pod, 'Ready'), minReadySeconds) <= nowMs;
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
  if (minReadySeconds === 0) return undefined;
  let nextMs: number | undefined;
  for (const pod of pods) {
    const ready = podCondition(pod, 'Ready');
    const waitMs = Math.min(availableAtMs(ready, minReadySeconds) - nowMs, minReadySeconds * 1000);
    if (ready?.status === 'True' && waitMs > 0) nextMs = Math.min(nextMs ?? waitMs, waitMs);
  }
  return nextMs;
}

/** From the condition `Ready`: infinity for one that is not ready, or ready since nobody knows when. */
export function availableAtMs(ready: PodCondition | undefined, minReadySeconds: number): number {
  if (ready?.status !== 'True') return Number.POSITIVE_INFINITY;
  if (minReadySeconds === 0) return Number.NEGATIVE_INFINITY;
  const sinceMs = parseTime(ready.lastTransitionTime);
  return sinceMs === undefined ? Number.POSITIVE_INFINITY : sinceMs + minReadySeconds * 1000;
}
