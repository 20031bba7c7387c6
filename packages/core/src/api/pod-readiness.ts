/** What others may read from the status of a pod: is it ready, and since when. */

import type { Pod, PodCondition } from './pod.ts';

export function podCondition({ status }: Pick<Pod, 'status'>, type: string): PodCondition | undefined {
  for (const condition of status?.conditions ?? []) if (condition.type === type) return condition;
  return undefined;
}

/** The condition `Ready` is True: every container passes its probe, and so does every readiness gate. */
export function isPodReady(pod: Pick<Pod, 'status'>): boolean {
  return podCondition(pod, 'Ready')?.status === 'True';
}
