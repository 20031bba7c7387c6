/** The kinds of objects that Mooring knows, each with the schema of what is inside. */

import { podSpecSchema, podStatusSchema } from './pod-schema.ts';
import {
  any,
  boolean,
  int32,
  int64,
  list,
  map,
  type ObjectSchema,
  object,
  secretString,
  string,
} from './schema.ts';

export interface KindInfo {
  readonly kind: string;
  readonly apiVersion: string;
  readonly isNamespaced: boolean;
  readonly schema: ObjectSchema;
}

const metadata = object({
  name: string,
  generateName: string,
  namespace: string,
  uid: string,
  resourceVersion: string,
  generation: int64,
  creationTimestamp: string,
  deletionTimestamp: string,
  deletionGracePeriodSeconds: int64,
  labels: map(string),
  annotations: map(string),
  finalizers: list(string),
  ownerReferences: list(
    object({
      apiVersion: string,
      kind: string,
      name: string,
      uid: string,
      controller: boolean,
      blockOwnerDeletion: boolean,
    }),
  ),
  managedFields: any,
  selfLink: any,
});

const header = { apiVersion: string, kind: string, metadata };

const objectReference = object(
  { apiVersion: string, kind: string, namespace: string, name: string, uid: string, fieldPath: string },
  'keep',
);

const event = object(
  {
    ...header,
    involvedObject: objectReference,
    type: string,
    reason: string,
    message: string,
    count: int32,
    firstTimestamp: string,
    lastTimestamp: string,
    source: object({ component: string, host: string }),
    reportingComponent: string,
    reportingInstance: string,
  },
  'keep',
);

const node = object({
  ...header,
  spec: object(
    {
      unschedulable: boolean,
      taints: list(object({ key: string, value: string, effect: string, timeAdded: string })),
    },
    'keep',
  ),
  status: object({}, 'keep'),
});

/** Kinds whose body belongs to parts that read it themselves: only the metadata is looked at here. */
function opaque(kind: string, apiVersion: string): KindInfo {
  return { kind, apiVersion, isNamespaced: true, schema: object(header, 'keep') };
}

const kindInfos: readonly KindInfo[] = [
  {
    kind: 'Pod',
    apiVersion: 'v1',
    isNamespaced: true,
    schema: object({ ...header, spec: podSpecSchema, status: podStatusSchema }),
  },
  {
    kind: 'ConfigMap',
    apiVersion: 'v1',
    isNamespaced: true,
    schema: object({ ...header, data: map(string), binaryData: map(string), immutable: boolean }),
  },
  {
    kind: 'Secret',
    apiVersion: 'v1',
    isNamespaced: true,
    schema: object({
      ...header,
      type: string,
      data: map(secretString),
      stringData: map(secretString),
      immutable: boolean,
    }),
  },
  {
    kind: 'Namespace',
    apiVersion: 'v1',
    isNamespaced: false,
    schema: object({ ...header, spec: object({ finalizers: list(string) }), status: object({}, 'keep') }),
  },
  { kind: 'Node', apiVersion: 'v1', isNamespaced: false, schema: node },
  { kind: 'Event', apiVersion: 'v1', isNamespaced: true, schema: event },
  opaque('ReplicationController', 'v1'),
  opaque('Service', 'v1'),
  opaque('Endpoints', 'v1'),
  opaque('ReplicaSet', 'apps/v1'),
  opaque('Deployment', 'apps/v1'),
  opaque('EndpointSlice', 'discovery.k8s.io/v1'),
  opaque('Lease', 'coordination.k8s.io/v1'),
];

const byKind: ReadonlyMap<string, KindInfo> = new Map(kindInfos.map((info) => [info.kind, info]));

export function kindInfo(kind: string): KindInfo | undefined {
  return byKind.get(kind);
}

export function knownKinds(): readonly string[] {
  return [...byKind.keys()];
}
