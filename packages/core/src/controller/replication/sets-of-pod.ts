/** Which sets have to be looked at because a pod changed. */

import type { Pod, StoredPod } from '../../api/pod.ts';
import type { ObjectChange, ReconcileRequest } from '../../contract/controller.ts';
import type { ObjectCache } from '../../contract/informer.ts';
import { claimantsOf, claimantsSelecting } from './claimants-of.ts';
import { type PodSet, type PodSetKind, selects } from './pod-set.ts';

export function setsOfPod(
  kind: PodSetKind,
  change: ObjectChange<StoredPod>,
  cache: ObjectCache<PodSet>,
): readonly ReconcileRequest[] {
  return claimantsOf(change, {
    kind: kind.kind,
    cache,
    selects: (set, labels) => selects(kind, set, labels),
  });
}

/** The sets that could adopt the pod; none for one without labels. */
export function setsSelecting(
  kind: PodSetKind,
  pod: Pod,
  cache: Pick<ObjectCache<PodSet>, 'byIndex'>,
): readonly PodSet[] {
  return claimantsSelecting(pod, { cache, selects: (set, labels) => selects(kind, set, labels) });
}
