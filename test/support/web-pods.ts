import type { StoredPod } from '@mooring/core';

/** The ReplicaSet `web` of so many pods with one container. */
export function replicaSet(replicas: number) {
  const labels = { app: 'web' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'anything' }] } };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'web' },
    spec: { replicas, selector: { matchLabels: labels }, template },
  };
}

/** Of a pod with one container. */
export function isReady({ status }: StoredPod): boolean {
  return status?.containerStatuses?.[0]?.ready === true;
}
