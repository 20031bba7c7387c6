/** What belongs to whom, and what it asks for. */

import type { ApiObject, PodSpec, StoredPod } from '@mooring/core';

/** Of a ReplicaSet, a ReplicationController or a Deployment, what the laws look at. */
export interface PodSet extends ApiObject {
  readonly spec: { readonly replicas?: number };
}

/** What each node has. */
export const allocatableMilliCPU = 4000;

export function isActive({ metadata, status }: StoredPod): boolean {
  return (
    metadata.deletionTimestamp === undefined && status?.phase !== 'Succeeded' && status?.phase !== 'Failed'
  );
}

export function isOwned({ metadata }: ApiObject, uid: string | undefined): boolean {
  return (metadata.ownerReferences ?? []).some((owner) => owner.controller === true && owner.uid === uid);
}

/** Simulated pods ask for thousandths. */
export function milliCPUOf({ containers }: Pick<PodSpec, 'containers'>): number {
  const asked = containers.map(({ resources }) => resources?.requests?.['cpu'] ?? '0m');
  return asked.reduce<number>((sum, cpu) => sum + Number.parseInt(String(cpu), 10), 0);
}
