/** What binding does to a pod. The rules are those of the API server's `pods/binding`. */

import type { StoredPod } from '../api/pod.ts';
import { withPodCondition } from '../api/pod-condition.ts';
import { MooringError } from '../contract/error.ts';

/** The pod on its node. Its generation stays: where it runs is no change of what is wanted. Throws `CONFLICT`. */
export function boundPod(pod: StoredPod, nodeName: string, nowMs: number): StoredPod {
  const { name, deletionTimestamp } = pod.metadata;
  if (nodeName === '')
    throw new MooringError('INVALID', `binding of pod ${name}: target.name: Required value`);
  if (deletionTimestamp !== undefined)
    throw refused(name, `pod ${name} is being deleted, cannot be assigned to a host`);
  if (pod.spec.nodeName)
    throw refused(name, `pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`);
  const status = withPodCondition(pod, { type: 'PodScheduled', status: 'True' }, nowMs);
  // By `Object.assign`, so that all pods share one shape: see `newObject`.
  return Object.assign({}, pod, { spec: Object.assign({}, pod.spec, { nodeName }), status });
}

function refused(name: string, why: string): MooringError {
  return new MooringError(
    'CONFLICT',
    `Operation cannot be fulfilled on pods/binding ${JSON.stringify(name)}: ${why}`,
  );
}
