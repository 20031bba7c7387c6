/** The size of a workload, apart from everything else about it: what autoscalers and `kubectl scale` read and write. */

import type { ApiObject, ObjectMeta } from './meta.ts';
import { formatSelector } from './selector.ts';
import { workloadSelector } from './workload-selector.ts';
import type { Deployment, ReplicaSet, ReplicationController } from './workloads.ts';

/** `autoscaling/v1` Scale: how many replicas a workload wants and has. */
export interface Scale extends ApiObject {
  readonly apiVersion: 'autoscaling/v1';
  readonly kind: 'Scale';
  readonly spec: { readonly replicas: number };
  readonly status: {
    readonly replicas: number;
    /** As `kubectl -l` takes it. */
    readonly selector?: string;
  };
}

/** The kinds whose number of replicas can be set. */
export type Scalable = Deployment | ReplicaSet | ReplicationController;

export const scalableKinds: readonly string[] = ['Deployment', 'ReplicaSet', 'ReplicationController'];

/** Whether an object has the sub-resource `scale`. */
export function isScalable(object: ApiObject): object is Scalable {
  return scalableKinds.includes(object.kind);
}

/** Has the name, the UID and the version of the object, so that a write of it can be checked against the object. */
export function scaleOf(object: Scalable): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const metadata = { name, namespace, uid, resourceVersion, creationTimestamp };
  const present = Object.entries(metadata).filter(([, value]) => value !== undefined);
  const selector = selectorText(object);
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: Object.fromEntries(present) as ObjectMeta,
    spec: { replicas: object.spec.replicas ?? 1 },
    status: { replicas: object.status?.replicas ?? 0, ...(selector !== undefined && { selector }) },
  };
}

/** The object with another size. */
export function withReplicas<T extends Scalable>(object: T, replicas: number): T {
  return { ...object, spec: { ...object.spec, replicas } };
}

/** The requirements in the order of their keys. */
function selectorText(object: Scalable): string | undefined {
  const selector = workloadSelector(object);
  return (
    selector && formatSelector(selector.toSorted((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key))))
  );
}
