/** When a run is over, and how it went. */

import type { ApiObject, StoredPod } from '@mooring/core';

/** Only pods end by themselves: whatever keeps pods goes on for ever. */
export function canEnd(objects: readonly ApiObject[]): boolean {
  return objects.some(({ kind }) => kind === 'Pod') && !objects.some(({ kind }) => keepers.has(kind));
}

const keepers: ReadonlySet<string> = new Set(['ReplicaSet', 'ReplicationController', 'Deployment']);

export type Verdict = 'succeeded' | 'failed';

/** `undefined` while one of the wanted pods has not ended. One that is gone was deleted, and failed nobody. */
export function verdictOf(
  wanted: ReadonlySet<string>,
  pods: ReadonlyMap<string, StoredPod>,
): Verdict | undefined {
  let verdict: Verdict = 'succeeded';
  for (const name of wanted) {
    const phase = pods.get(name)?.status?.phase;
    if (phase !== 'Succeeded' && phase !== 'Failed') return undefined;
    if (phase === 'Failed') verdict = 'failed';
  }
  return verdict;
}
