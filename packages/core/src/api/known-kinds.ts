/** The types behind the kinds that core knows. */

import type { ApiObject, StoredMeta } from './meta.ts';
import type { EndpointSlice, Endpoints, Service } from './network.ts';
import type { ConfigMap, KubeEvent, Lease, Namespace, NodeObject, Secret } from './objects.ts';
import type { StoredPod } from './pod.ts';
import type { Deployment, Namespaced, ReplicaSet, ReplicationController } from './workloads.ts';

/** Any other kind is read as a plain `ApiObject`. */
export interface KnownKinds {
  readonly Pod: StoredPod;
  readonly ConfigMap: ConfigMap;
  readonly Secret: Secret;
  readonly Event: KubeEvent;
  readonly Node: NodeObject;
  readonly Namespace: Namespace;
  readonly Lease: Lease;
  readonly ReplicationController: Namespaced<ReplicationController>;
  readonly ReplicaSet: Namespaced<ReplicaSet>;
  readonly Deployment: Namespaced<Deployment>;
  readonly Service: Namespaced<Service>;
  readonly Endpoints: Namespaced<Endpoints>;
  readonly EndpointSlice: Namespaced<EndpointSlice>;
}

/** Metadata as it is read from the store. */
export type ReadMeta = StoredMeta & { readonly resourceVersion: string };

/** An object as it is read from the store. */
export type Read<T extends ApiObject> = T & { readonly metadata: T['metadata'] & ReadMeta };

/** What is read of a kind: `ObjectOf<'Pod'>`. */
export type ObjectOf<Kind extends string> = Read<
  Kind extends keyof KnownKinds ? KnownKinds[Kind] : ApiObject
>;

/** What a reference leads to: a pod for `Pod/default/web`, any object where the kind is known at run time only. */
export type ReferredObject<Reference extends string> = ObjectOf<
  Reference extends `${infer Kind}/${string}` ? Kind : string
>;
