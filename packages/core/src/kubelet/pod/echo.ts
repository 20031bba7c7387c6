import type { StoredPod } from '../../api/pod.ts';
import { isTerminalPhase } from '../../api/pod-phase.ts';
import { jsonEqual } from '../../store/json-equal.ts';
import type { PodRecord } from '../node-context.ts';
import { statusEquals } from './status-equals.ts';

/**
 * Is this version of the object but the status that we wrote, come back? Each write does, and no actor has to hear of
 * it; but for a final phase, which ends the pod only once it is stored. It has to be the newest status: what was
 * written before a newer one was made may be what the store is left with.
 */
export function isEcho({ pod: known, status }: Pick<PodRecord, 'pod' | 'status'>, pod: StoredPod): boolean {
  if (status === undefined || pod.status === undefined || isTerminalPhase(pod.status.phase)) return false;
  const { resourceVersion: _, ...before } = known.metadata;
  const { resourceVersion: __, ...after } = pod.metadata;
  return jsonEqual(before, after) && statusEquals(status, pod.status);
}
