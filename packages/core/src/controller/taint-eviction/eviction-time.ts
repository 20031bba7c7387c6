/** When a pod has to leave its node. Pure. */

import { type ObjectMeta, parseTime } from '../../api/meta.ts';
import type { NodeObject, Taint } from '../../api/objects.ts';
import type { Toleration } from '../../api/pod.ts';
import { tolerates } from '../../api/taint.ts';

/** The taints that drive pods out. */
export function noExecuteTaints(node: NodeObject | undefined): readonly Taint[] {
  return node?.spec?.taints?.filter(({ effect }) => effect === 'NoExecute') ?? [];
}

/** What of a pod decides when it has to leave. */
export interface LeavingPod {
  readonly metadata: Pick<ObjectMeta, 'creationTimestamp'>;
  readonly spec: { readonly tolerations?: readonly Toleration[] };
}

/**
 * The moment at which the first of the taints is tolerated no longer, each counted from when it was put on the node, or from
 * when the pod was made if that was later: otherwise the successor of a pod that had to leave would have to leave at once.
 * Both are stored, so a controller that starts meanwhile comes to the same. `undefined`: all are tolerated for ever.
 */
export function evictAtMs(
  taints: readonly Taint[],
  { metadata, spec }: LeavingPod,
  nowMs: number,
): number | undefined {
  const madeMs = parseTime(metadata.creationTimestamp) ?? Number.NEGATIVE_INFINITY;
  let atMs = Number.POSITIVE_INFINITY;
  for (const taint of taints) {
    const toleration = spec.tolerations?.find((one) => tolerates(one, taint));
    if (toleration === undefined) return nowMs;
    const { tolerationSeconds } = toleration;
    if (tolerationSeconds === undefined) continue;
    const sinceMs = Math.max(parseTime(taint.timeAdded) ?? nowMs, madeMs);
    atMs = Math.min(atMs, sinceMs + Math.max(0, tolerationSeconds) * 1000);
  }
  return atMs === Number.POSITIVE_INFINITY ? undefined : atMs;
}
