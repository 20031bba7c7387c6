/** What `kubectl get pods` says of a pod: NAME READY STATUS RESTARTS AGE, in the words of its printer. */

import { humanDuration } from './human-duration.ts';
import type { StoredPod } from './pod.ts';
import { podStanding } from './pod-standing.ts';

/** The columns of `kubectl get pods` for one pod. */
export interface PodRow {
  readonly name: string;
  /** `1/2` */
  readonly ready: string;
  /** `Running`, `CrashLoopBackOff`, `Init:0/1`, `Terminating` ... */
  readonly status: string;
  /** `3 (12s ago)` */
  readonly restarts: string;
  readonly age: string;
}

/** A pod as `kubectl get pods` shows it; `nowMs` is what ages are counted from. */
export function podRow(pod: StoredPod, nowMs: number): PodRow {
  const { name, creationTimestamp } = pod.metadata;
  const { status, readyContainers, totalContainers, restarts, lastRestartMs } = podStanding(pod);
  const ago =
    restarts > 0 && lastRestartMs !== undefined ? ` (${humanDuration(nowMs - lastRestartMs)} ago)` : '';
  return {
    name,
    ready: `${readyContainers}/${totalContainers}`,
    status,
    restarts: `${restarts}${ago}`,
    age: humanDuration(nowMs - Date.parse(creationTimestamp)),
  };
}
