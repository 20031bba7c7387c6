/** Which sets have to be looked at because a pod changed (reference 2.3). */

import type { Pod, StoredPod } from '../../api/pod.ts';
import type { ObjectChange, ReconcileRequest } from '../../contract/controller.ts';
import type { ObjectCache } from '../../contract/informer.ts';
import { controllerOf, namespaceIndex } from '../../store/common-indices.ts';
import { jsonEqual } from '../../store/json-equal.ts';
import { type PodSet, type PodSetKind, selects } from './pod-set.ts';

/**
 * The owner of the pod, and its former one when it changed hands. A pod of nobody concerns all sets that could adopt it,
 * but only when it is new or could not be adopted before; one that is going away concerns none.
 */
export function setsOfPod(
  kind: PodSetKind,
  { object: pod, old, isDeleted }: ObjectChange<StoredPod>,
  sets: ObjectCache<PodSet>,
): readonly ReconcileRequest[] {
  const owner = controllerOf(pod);
  const formerOwner = old === undefined ? undefined : controllerOf(old);
  const hasChangedHands = old !== undefined && formerOwner?.uid !== owner?.uid;
  const former = hasChangedHands ? ownerOf(kind, old, sets) : [];
  if (owner !== undefined) return requests([...former, ...ownerOf(kind, pod, sets)]);
  if (isDeleted || pod.metadata.deletionTimestamp !== undefined) return requests(former);
  const isNews = old === undefined || hasChangedHands || !jsonEqual(old.metadata.labels, pod.metadata.labels);
  return requests(isNews ? [...new Set([...former, ...setsSelecting(kind, pod, sets)])] : former);
}

/** The sets that could adopt the pod; none for one without labels. */
export function setsSelecting(
  kind: PodSetKind,
  { metadata }: Pod,
  sets: Pick<ObjectCache<PodSet>, 'byIndex'>,
): readonly PodSet[] {
  const { labels = {}, namespace = '' } = metadata;
  if (Object.keys(labels).length === 0) return [];
  return sets.byIndex(namespaceIndex, namespace).filter((set) => selects(kind, set, labels));
}

/** The set that the pod's reference names, unless that was another one of the same name. */
function ownerOf(kind: PodSetKind, pod: StoredPod, sets: ObjectCache<PodSet>): readonly PodSet[] {
  const reference = controllerOf(pod);
  if (reference === undefined || reference.kind !== kind.kind) return [];
  const set = sets.get(pod.metadata.namespace, reference.name);
  return set?.metadata.uid === reference.uid ? [set] : [];
}

function requests(sets: readonly PodSet[]): readonly ReconcileRequest[] {
  return sets.map(({ metadata: { namespace, name } }) => ({ namespace, name }));
}
