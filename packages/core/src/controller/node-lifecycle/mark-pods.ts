/** Pods on a node that nobody hears of any more are not ready, whatever they said last. */

import { formatTime } from '../../api/meta.ts';
import type { PodCondition, StoredPod } from '../../api/pod.ts';
import { podCondition } from '../../api/pod-readiness.ts';
import type { ReconcileContext } from '../../contract/controller.ts';
import { hasCode } from '../../contract/error.ts';

/** Whether its Ready condition is to be set to False: a pod without one is left alone. */
export function isToBeMarked(pod: StoredPod, nodeName: string): boolean {
  if (pod.spec.nodeName !== nodeName) return false;
  const ready = podCondition(pod, 'Ready');
  return ready !== undefined && ready.status !== 'False';
}

/** Its agent writes the condition anew when it is back: it compares with the stored status, not with what it wrote last. */
export async function markNotReady(
  pod: StoredPod,
  nodeName: string,
  { objects, clock, recordEvent }: Pick<ReconcileContext, 'objects' | 'clock' | 'recordEvent'>,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name, uid } = pod.metadata;
  const lastTransitionTime = formatTime(clock.now());
  const mark = (condition: PodCondition): PodCondition =>
    condition.type === 'Ready' ? { ...condition, status: 'False', lastTransitionTime } : condition;
  let isMarked = false;
  const change = (current: StoredPod) => {
    isMarked = current.metadata.uid === uid && isToBeMarked(current, nodeName);
    if (!isMarked) return undefined;
    const { status = {} } = current;
    return { ...current, status: { ...status, conditions: status.conditions?.map(mark) ?? [] } };
  };
  try {
    await objects.patchWith('Pod', namespace, name, change, { subresource: 'status', signal });
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND')) return;
    throw error;
  }
  if (isMarked) recordEvent(pod, { type: 'Warning', reason: 'NodeNotReady', message: 'Node is not ready' });
}
