/** What admission does with an object of each kind, beside reading it by its schema. */

import { defaultEndpointSlice, defaultEndpoints, defaultService } from './default-network.ts';
import { defaultPod } from './default-pod.ts';
import { defaultDeployment, defaultReplicaSet, defaultReplicationController } from './default-workload.ts';
import type { Draft } from './draft.ts';
import { FieldPath, type FieldWarning } from './field-error.ts';
import type { FieldErrors } from './field-rules.ts';
import type { ApiObject } from './meta.ts';
import { dns1035LabelProblems, dns1123LabelProblems, type Problems } from './names.ts';
import type { EndpointSlice, Endpoints, Service } from './network.ts';
import type { ConfigMap, KubeEvent, Lease, Namespace, NodeObject, Secret } from './objects.ts';
import type { Pod } from './pod.ts';
import { longNameWarnings, podSpecWarnings, podWarnings } from './pod-warnings.ts';
import { clusterIPUpdateErrors } from './validate-cluster-ip.ts';
import {
  configMapErrors,
  configMapUpdateErrors,
  defaultSecret,
  secretErrors,
  secretUpdateErrors,
} from './validate-config.ts';
import { deploymentErrors } from './validate-deployment.ts';
import { endpointSliceErrors, endpointSliceUpdateErrors, endpointsErrors } from './validate-endpoints.ts';
import { defaultEvent, eventErrors } from './validate-event.ts';
import { leaseErrors } from './validate-lease.ts';
import { finalizerErrors } from './validate-meta.ts';
import { nodeErrors, nodeUpdateErrors } from './validate-node.ts';
import { podErrors, type ValidatePodOptions } from './validate-pod.ts';
import { podUpdateErrors, type SpecSubresource } from './validate-pod-update.ts';
import {
  replicaSetErrors,
  replicaSetUpdateErrors,
  replicationControllerErrors,
} from './validate-replicas.ts';
import { serviceErrors } from './validate-service.ts';
import { deploymentStatusErrors, replicaSetStatusErrors } from './validate-workload-status.ts';
import type { Deployment, PodTemplateSpec, ReplicaSet, ReplicationController } from './workloads.ts';

/** Each rule takes an object that was decoded; all but the first one take it with its defaults. */
export interface KindRules<T extends ApiObject> {
  /** Pure and idempotent. `stored` is what the object is an update of, if it is one. */
  withDefaults?(object: Draft<T>, stored: Draft<T> | undefined): Draft<T>;
  /** That of most kinds is a DNS subdomain. */
  nameProblems?(name: string): Problems;
  /** Everything but the metadata and the status. */
  errors?(object: Draft<T>, options: ValidatePodOptions): FieldErrors;
  /** What is wrong about the change itself, metadata apart. `subresource`: see `AdmitOptions`. */
  updateErrors?(object: Draft<T>, stored: Draft<T>, subresource?: SpecSubresource): FieldErrors;
  /** Takes objects whose status has been decoded. */
  statusErrors?(object: Draft<T>, stored: Draft<T>): FieldErrors;
  warnings?(object: Draft<T>, options: ValidatePodOptions): Iterable<FieldWarning>;
}

const podRules: KindRules<Pod> = {
  withDefaults: (pod) => defaultPod(pod),
  errors: podErrors,
  updateErrors: podUpdateErrors,
  warnings: (pod, { handlers }) => podWarnings(pod, handlers),
};

const configMapRules: KindRules<ConfigMap> = { errors: configMapErrors, updateErrors: configMapUpdateErrors };

const secretRules: KindRules<Secret> = {
  withDefaults: defaultSecret,
  errors: secretErrors,
  updateErrors: secretUpdateErrors,
};

const nodeRules: KindRules<NodeObject> = { errors: nodeErrors, updateErrors: nodeUpdateErrors };

const namespaceRules: KindRules<Namespace> = {
  withDefaults: withNameLabel,
  nameProblems: dns1123LabelProblems,
  errors: ({ spec }) => finalizerErrors(spec?.finalizers ?? [], new FieldPath('spec').child('finalizers')),
};

const replicationControllerRules: KindRules<ReplicationController> = {
  withDefaults: defaultReplicationController,
  errors: replicationControllerErrors,
  statusErrors: ({ status = {} }) => replicaSetStatusErrors(status),
  warnings: workloadWarnings,
};

const replicaSetRules: KindRules<ReplicaSet> = {
  withDefaults: defaultReplicaSet,
  errors: replicaSetErrors,
  updateErrors: replicaSetUpdateErrors,
  statusErrors: ({ status = {} }) => replicaSetStatusErrors(status),
  warnings: workloadWarnings,
};

const deploymentRules: KindRules<Deployment> = {
  withDefaults: defaultDeployment,
  errors: deploymentErrors,
  updateErrors: replicaSetUpdateErrors,
  statusErrors: ({ status = {} }, { status: stored = {} }) => deploymentStatusErrors(status, stored),
  warnings: workloadWarnings,
};

const serviceRules: KindRules<Service> = {
  withDefaults: defaultService,
  nameProblems: dns1035LabelProblems,
  errors: serviceErrors,
  updateErrors: clusterIPUpdateErrors,
};

const endpointsRules: KindRules<Endpoints> = { withDefaults: defaultEndpoints, errors: endpointsErrors };

const endpointSliceRules: KindRules<EndpointSlice> = {
  withDefaults: defaultEndpointSlice,
  errors: endpointSliceErrors,
  updateErrors: endpointSliceUpdateErrors,
};

const eventRules: KindRules<KubeEvent> = { withDefaults: defaultEvent, errors: eventErrors };

const leaseRules: KindRules<Lease> = { errors: leaseErrors };

const byKind: ReadonlyMap<string, KindRules<ApiObject>> = new Map<string, KindRules<ApiObject>>([
  ['Pod', podRules],
  ['ConfigMap', configMapRules],
  ['Secret', secretRules],
  ['Node', nodeRules],
  ['Namespace', namespaceRules],
  ['ReplicationController', replicationControllerRules],
  ['ReplicaSet', replicaSetRules],
  ['Deployment', deploymentRules],
  ['Service', serviceRules],
  ['Endpoints', endpointsRules],
  ['EndpointSlice', endpointSliceRules],
  ['Lease', leaseRules],
  ['Event', eventRules],
]);

/** A kind that is not in the table has metadata only to be looked at. */
export function rulesOf(kind: string): KindRules<ApiObject> {
  return byKind.get(kind) ?? {};
}

/** By this label selectors find a namespace by its name. */
function withNameLabel(namespace: Draft<Namespace>): Draft<Namespace> {
  const { metadata = {} } = namespace;
  if (!metadata.name || dns1123LabelProblems(metadata.name).length > 0) return namespace;
  const labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name };
  return { ...namespace, metadata: { ...metadata, labels } };
}

interface WithTemplate extends ApiObject {
  readonly spec?: { readonly template?: PodTemplateSpec };
}

function* workloadWarnings(
  { metadata, spec }: Draft<WithTemplate>,
  { handlers }: ValidatePodOptions,
): Iterable<FieldWarning> {
  yield* longNameWarnings(metadata?.name, 'this is used in Pod names and hostnames');
  const path = new FieldPath('spec').child('template', 'spec');
  yield* podSpecWarnings(spec?.template?.spec ?? {}, path, handlers);
}
