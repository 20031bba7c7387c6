/** The lease of a node: that it is renewed is what the control plane takes as a sign of life. Pure. */

import { formatMicroTime } from '../../api/meta.ts';
import type { Lease } from '../../api/objects.ts';

export const nodeLeaseNamespace = 'kube-node-lease';

export interface LeaseTerms {
  readonly nodeName: string;
  /** Of the Node object, which owns the lease; absent while it is not known. */
  readonly nodeUID: string | undefined;
  readonly durationMs: number;
}

/** A lease from now on: a new one, or `current` renewed. */
export function renewedLease(current: Lease | undefined, terms: LeaseTerms, nowMs: number): Lease {
  const { nodeName, nodeUID, durationMs } = terms;
  const owner = { apiVersion: 'v1', kind: 'Node', name: nodeName, uid: nodeUID ?? '' };
  const isOwned = nodeUID === undefined || (current?.metadata.ownerReferences ?? []).length > 0;
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      ...(current?.metadata ?? { name: nodeName, namespace: nodeLeaseNamespace }),
      ...(!isOwned && { ownerReferences: [owner] }),
    },
    spec: {
      ...current?.spec,
      holderIdentity: nodeName,
      leaseDurationSeconds: Math.ceil(durationMs / 1000),
      renewTime: formatMicroTime(nowMs),
    },
  };
}
