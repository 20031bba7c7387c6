/** Which sets have to be looked at because a pod changed. */

import type { StoredPod } from '../../api/pod.ts';
import type { ObjectChange, ReconcileRequest } from '../../contract/controller.ts';
import type { ObjectCache } from '../../contract/informer.ts';
import { claimantsOf } from './claimants-of.ts';
import { type PodSet, type PodSetKind, selects } from './pod-set.ts';

export function setsOfPod(
  kind: PodSetKind,
  change: ObjectChange<StoredPod>,
  cache: ObjectCache<PodSet>,
): readonly ReconcileRequest[] {
  return claimantsOf(change, { kind: kind.kind, cache, selects });
}
