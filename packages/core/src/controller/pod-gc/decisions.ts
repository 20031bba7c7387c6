/** Which pods nobody will ever finish. Pure. */

import { fencingAnnotation, toleratesSilenceMs } from '../../api/fencing.ts';
import { parseTime } from '../../api/meta.ts';
import { readyCondition } from '../../api/node-condition.ts';
import type { NodeObject } from '../../api/objects.ts';
import type { StoredPod } from '../../api/pod.ts';

const outOfServiceTaint = 'node.kubernetes.io/out-of-service';

/** Finished pods beyond the number that is kept: those that were evicted first, then the oldest, then by name. */
export function excessPods(finished: readonly StoredPod[], max: number): readonly StoredPod[] {
  if (max <= 0 || finished.length <= max) return [];
  const isEvicted = ({ status }: StoredPod) => status?.phase === 'Failed' && status.reason === 'Evicted';
  const inOrder = [...finished].sort(
    (a, b) =>
      Number(isEvicted(b)) - Number(isEvicted(a)) ||
      a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp) ||
      a.metadata.name.localeCompare(b.metadata.name),
  );
  return inOrder.slice(0, finished.length - max);
}

/** An operator says that the node is off: nothing of its pods runs any more. */
export function isOutOfService(node: NodeObject): boolean {
  return (
    readyCondition(node)?.status !== 'True' &&
    (node.spec?.taints ?? []).some(({ key }) => key === outOfServiceTaint)
  );
}

/** The node cannot be heard, and by its own promise its agent has stopped the pod by now. */
export function isFenced(
  { spec }: StoredPod,
  node: NodeObject,
  nowMs: number,
  { nodeGraceMs }: { readonly nodeGraceMs: number },
): boolean {
  const promisedMs = Number(node.metadata.annotations?.[fencingAnnotation] ?? Number.NaN) * 1000;
  const ready = readyCondition(node);
  const lostMs = parseTime(ready?.lastTransitionTime);
  const stayMs = toleratesSilenceMs(spec.tolerations);
  if (ready?.status !== 'Unknown' || lostMs === undefined || stayMs === undefined) return false;
  // It became Unknown no sooner than the grace period after its last renewal.
  return promisedMs <= nodeGraceMs && nowMs >= lostMs + stayMs;
}
