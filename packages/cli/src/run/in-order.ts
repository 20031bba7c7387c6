/** What of a manifest runs pods, and what those may need before. Pure. */

import type { ApiObject } from '@mooring/core';

const running: ReadonlySet<string> = new Set(['Pod', 'ReplicationController', 'ReplicaSet', 'Deployment']);

export function runsPods({ kind }: Pick<ApiObject, 'kind'>): boolean {
  return running.has(kind);
}

/** ConfigMaps, Secrets, Services and their like first, wherever they stand: a pod that misses one waits until it is tried again. */
export function inOrder<T extends Pick<ApiObject, 'kind'>>(objects: readonly T[]): readonly T[] {
  return objects.toSorted((a, b) => Number(runsPods(a)) - Number(runsPods(b)));
}
