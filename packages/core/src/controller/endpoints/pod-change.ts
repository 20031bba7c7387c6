/** Which changes of a pod matter to the Services that select it, and to which of them. */

import type { Pod } from '../../api/pod.ts';
import { isFinished } from '../../api/pod-phase.ts';
import { isPodReady } from '../../api/pod-readiness.ts';
import { jsonEqual } from '../../store/json-equal.ts';
import { isTerminating } from '../replication/pod-activity.ts';
import { podIPs } from './pod-endpoint.ts';

export interface PodChange {
  /** Something that an endpoint shows, or whether there is one. */
  readonly isPodChanged: boolean;
  /** Other Services may select the pod, or show its host name. */
  readonly areLabelsChanged: boolean;
}

export function podChange(old: Pod, pod: Pod): PodChange {
  return {
    isPodChanged:
      isTerminating(old) !== isTerminating(pod) ||
      isPodReady(old) !== isPodReady(pod) ||
      isFinished(old) !== isFinished(pod) ||
      !jsonEqual(podIPs(old), podIPs(pod)),
    areLabelsChanged:
      !jsonEqual(old.metadata.labels ?? {}, pod.metadata.labels ?? {}) ||
      old.spec.hostname !== pod.spec.hostname ||
      old.spec.subdomain !== pod.spec.subdomain,
  };
}

/**
 * Of the Services that selected the pod before and of those that do now: all of them when the pod itself changed,
 * otherwise only those that it joined or left.
 */
export function servicesToUpdate(
  before: readonly string[],
  now: readonly string[],
  isPodChanged: boolean,
): readonly string[] {
  if (isPodChanged) return [...new Set([...before, ...now])];
  return [...before.filter((name) => !now.includes(name)), ...now.filter((name) => !before.includes(name))];
}
