/** When a pod of a node that cannot renew its lease has to stop, so that it has ended before another takes its place. Pure. */

import { toleratesSilenceMs } from '../../api/fencing.ts';
import type { StoredPod } from '../../api/pod.ts';
import { isSidecar } from '../../api/pod.ts';
import { podGraceMs, stopGraceMinMs } from '../container/grace-period.ts';

export interface FenceTimes {
  /** So long after the last renewal its containers are told to stop. */
  readonly beginMs: number;
  /** And so long they have for it. */
  readonly graceMs: number;
}

/** What is left over of the time makes up for clocks that run differently fast, as between lease holders. */
const usableShare = 0.85;
/** The end of a pod takes no more than this share of the time that there is. */
const graceShareMax = 0.25;

/**
 * `afterMs`: so long after its last renewal the node may be given up; then the pod may be replaced as soon as it does not
 * tolerate that any more. `undefined` for a pod that is never replaced: it runs on.
 */
export function fenceTimes(pod: StoredPod, afterMs: number): FenceTimes | undefined {
  const stayMs = toleratesSilenceMs(pod.spec.tolerations);
  if (stayMs === undefined) return undefined;
  const usableMs = (afterMs + stayMs) * usableShare;
  const graceMs = Math.min(podGraceMs(pod), usableMs * graceShareMax);
  // However short its grace period, a container has this long after the stop signal; sidecars stop one after the other.
  const sidecars = pod.spec.initContainers?.filter(isSidecar).length ?? 0;
  const beginMs = usableMs - graceMs - (1 + sidecars) * stopGraceMinMs;
  return { beginMs: Math.max(0, beginMs), graceMs };
}

/** When a pod stops that tolerates no silence and takes all the time that it may. */
export function firstFencedMs(afterMs: number): number {
  return afterMs * usableShare * (1 - graceShareMax) - stopGraceMinMs;
}
