/** The kinds of objects that Mooring knows, each with the schema of what is inside. */

import { eventSchema, leaseSchema, namespaceSchema, nodeSchema } from './cluster-schema.ts';
import { headerFields } from './meta-schema.ts';
import { endpointSliceSchema, endpointsSchema, serviceSchema } from './network-schema.ts';
import { podSpecSchema, podStatusSchema } from './pod-schema.ts';
import { boolean, map, type ObjectSchema, object, secretString, string } from './schema.ts';
import { deploymentSchema, replicaSetSchema, replicationControllerSchema } from './workload-schema.ts';

/** What is known of a kind: its group and version, whether it has namespaces, and the schema of its fields. */
export interface KindInfo {
  readonly kind: string;
  readonly apiVersion: string;
  readonly isNamespaced: boolean;
  readonly schema: ObjectSchema;
}

const podSchema = object({ ...headerFields, spec: podSpecSchema, status: podStatusSchema });

const configMapSchema = object({
  ...headerFields,
  data: map(string),
  binaryData: map(string),
  immutable: boolean,
});

const secretSchema = object({
  ...headerFields,
  type: string,
  data: map(secretString),
  stringData: map(secretString),
  immutable: boolean,
});

function namespaced(kind: string, apiVersion: string, schema: ObjectSchema): KindInfo {
  return { kind, apiVersion, isNamespaced: true, schema };
}

const kindInfos: readonly KindInfo[] = [
  namespaced('Pod', 'v1', podSchema),
  namespaced('ConfigMap', 'v1', configMapSchema),
  namespaced('Secret', 'v1', secretSchema),
  { kind: 'Namespace', apiVersion: 'v1', isNamespaced: false, schema: namespaceSchema },
  { kind: 'Node', apiVersion: 'v1', isNamespaced: false, schema: nodeSchema },
  namespaced('Event', 'v1', eventSchema),
  namespaced('ReplicationController', 'v1', replicationControllerSchema),
  namespaced('Service', 'v1', serviceSchema),
  namespaced('Endpoints', 'v1', endpointsSchema),
  namespaced('ReplicaSet', 'apps/v1', replicaSetSchema),
  namespaced('Deployment', 'apps/v1', deploymentSchema),
  namespaced('EndpointSlice', 'discovery.k8s.io/v1', endpointSliceSchema),
  namespaced('Lease', 'coordination.k8s.io/v1', leaseSchema),
];

const byKind: ReadonlyMap<string, KindInfo> = new Map(kindInfos.map((info) => [info.kind, info]));

/** `undefined` for a kind that Mooring does not have. */
export function kindInfo(kind: string): KindInfo | undefined {
  return byKind.get(kind);
}

/** The names of all kinds: `Pod`, `ReplicaSet` and so on. */
export function knownKinds(): readonly string[] {
  return [...byKind.keys()];
}
