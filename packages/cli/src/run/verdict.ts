/** When a run is over, and how it went. */

import type { ApiObject, StoredPod } from '@mooring/core';

/** Only pods end by themselves: whatever keeps pods goes on for ever. */
export function canEnd(objects: readonly ApiObject[]): boolean {
  return objects.some(({ kind }) => kind === 'Pod') && !objects.some(({ kind }) => keepers.has(kind));
}

const keepers: ReadonlySet<string> = new Set(['ReplicaSet', 'ReplicationController', 'Deployment']);

export type Verdict = 'succeeded' | 'failed';

const byPhase: Readonly<Record<string, Verdict | undefined>> = { Succeeded: 'succeeded', Failed: 'failed' };

/** `undefined` while one of the wanted pods has not ended. `gone`: how it went with those that were deleted. */
export function verdictOf(
  wanted: ReadonlySet<string>,
  pods: ReadonlyMap<string, StoredPod>,
  gone: ReadonlyMap<string, Verdict>,
): Verdict | undefined {
  const verdicts = [...wanted].map((name) => {
    const pod = pods.get(name);
    return pod === undefined ? gone.get(name) : byPhase[pod.status?.phase ?? ''];
  });
  if (verdicts.includes(undefined)) return undefined;
  return verdicts.includes('failed') ? 'failed' : 'succeeded';
}

/** Of a pod that is deleted: one that had to make room does not come back, and has not done what it was to do. */
export function verdictOfGone({ status }: StoredPod): Verdict {
  return status?.phase === 'Succeeded' ? 'succeeded' : 'failed';
}
