/** Since when a change of endpoints has been due: what the latency of network programming is measured from. */

import { formatTime, type Labels, parseTime } from '../../api/meta.ts';
import type { Service } from '../../api/network.ts';
import type { Pod } from '../../api/pod.ts';
import { podCondition } from '../../api/pod-readiness.ts';

const annotation = 'endpoints.kubernetes.io/last-change-trigger-time';

/** By the UID of its pod, is an endpoint published as ready (Endpoints) or as serving (slices)? */
export type Readiness = ReadonlyMap<string, boolean>;

/**
 * The earliest time at which one of the pods became what it is not yet published as; of the Service itself when nothing
 * was published before. `undefined` when nobody can tell: a pod has gone, or only labels are different. Kubernetes
 * remembers the times of all pods in memory; what is published says the same and outlives the process.
 */
export function triggerTimeMs(
  service: Service,
  pods: readonly Pod[],
  published: Readiness | undefined,
  wanted: (pod: Pod) => boolean,
): number | undefined {
  if (published === undefined) return parseTime(service.metadata.creationTimestamp);
  const times = pods
    .filter((pod) => published.get(pod.metadata.uid ?? '') !== wanted(pod))
    .map((pod) => parseTime(podCondition(pod, 'Ready')?.lastTransitionTime))
    .filter((time) => time !== undefined);
  return times.length === 0 ? undefined : times.reduce((earliest, time) => Math.min(earliest, time));
}

/** The annotations of an object that is written because of this change. */
export function withTriggerTime(annotations: Labels | undefined, triggerMs: number | undefined): Labels {
  const { [annotation]: _, ...others } = annotations ?? {};
  return triggerMs === undefined ? others : { ...others, [annotation]: formatTime(triggerMs) };
}
