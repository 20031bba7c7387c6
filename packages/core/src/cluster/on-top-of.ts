/**
 * A manifest that is applied again. What it says takes the place of what is there; what it leaves open, and others have
 * filled in since, stays: where a pod runs, what looks into it, how far a set was scaled, why a node is avoided. Addresses of
 * Services are kept by admission itself, for whoever updates them.
 */

import type { ApiObject, ObjectMeta } from '../api/meta.ts';
import type { Lease, NodeObject } from '../api/objects.ts';
import type { Pod, PodSpec } from '../api/pod.ts';
import type { Deployment, PodTemplateSpec, ReplicaSet, ReplicationController } from '../api/workloads.ts';

/** `wanted` is the manifest with its defaults, `stated` the manifest as it was given; all three are of one kind. */
export function onTopOf(current: ApiObject, wanted: ApiObject, stated: ApiObject): ApiObject {
  const object = { ...wanted, metadata: mergedMetadata(current.metadata, wanted.metadata) };
  switch (wanted.kind) {
    case 'Pod':
      return podOnTopOf(current as Pod, object as Pod, stated as Pod);
    case 'ReplicationController':
    case 'ReplicaSet':
    case 'Deployment':
      return workloadOnTopOf(current as Workload, object as Workload, stated as Workload);
    case 'Node':
    case 'Lease':
      return recordOnTopOf(current as NodeObject | Lease, object as NodeObject | Lease);
    default:
      return object;
  }
}

function mergedMetadata(current: ObjectMeta, { labels, annotations }: ObjectMeta): ObjectMeta {
  return {
    ...current,
    ...(labels !== undefined && { labels: { ...current.labels, ...labels } }),
    ...(annotations !== undefined && { annotations: { ...current.annotations, ...annotations } }),
  };
}

function podOnTopOf(current: Pod, wanted: Pod, stated: Pod): Pod {
  const { nodeName, tolerations, ephemeralContainers } = current.spec;
  const initContainers = withPullPolicies(current, wanted, stated, 'initContainers');
  return {
    ...wanted,
    spec: {
      ...wanted.spec,
      ...(nodeName !== undefined && !wanted.spec.nodeName && { nodeName }),
      ...(tolerations !== undefined && !stated.spec.tolerations && { tolerations }),
      containers: withPullPolicies(current, wanted, stated, 'containers') ?? [],
      ...(initContainers && { initContainers }),
      // Somebody looks into the pod, and no manifest says so.
      ...(ephemeralContainers && !stated.spec.ephemeralContainers && { ephemeralContainers }),
    },
  };
}

/**
 * A pull policy that the manifest leaves open stays what it was made when the pod was created. Its default follows the
 * tag, so that `app` could never become `app:2` otherwise: nothing of a container may change but its image.
 */
function withPullPolicies<L extends 'containers' | 'initContainers'>(
  current: Pod,
  wanted: Pod,
  stated: Pod,
  list: L,
): PodSpec[L] | undefined {
  return wanted.spec[list]?.map((container, i) => {
    const known = current.spec[list]?.find(({ name }) => name === container.name)?.imagePullPolicy;
    const isOpen = !stated.spec[list]?.[i]?.imagePullPolicy;
    return isOpen && known !== undefined ? { ...container, imagePullPolicy: known } : container;
  });
}

type Workload = ReplicationController | ReplicaSet | Deployment;

/** Set by `kubectl rollout restart`; without it the pods would be replaced once more, by those from before the restart. */
const restartAnnotation = 'kubectl.kubernetes.io/restartedAt';

function workloadOnTopOf(current: Workload, wanted: Workload, stated: Workload): ApiObject {
  const { replicas } = current.spec;
  const { template } = wanted.spec;
  const isScaledByOthers = replicas !== undefined && (stated.spec.replicas ?? undefined) === undefined;
  const restartedAt = current.spec.template?.metadata?.annotations?.[restartAnnotation];
  const spec = {
    ...wanted.spec,
    ...(isScaledByOthers && { replicas }),
    ...(template && restartedAt !== undefined && { template: restarted(template, restartedAt) }),
  };
  return { ...wanted, spec } as Workload;
}

function restarted(template: PodTemplateSpec, restartedAt: string): PodTemplateSpec {
  const annotations = { [restartAnnotation]: restartedAt, ...template.metadata?.annotations };
  return { ...template, metadata: { ...template.metadata, annotations } };
}

/** Objects that are kept by others, field by field: taints by controllers, a lease by its holder. */
function recordOnTopOf(current: NodeObject | Lease, wanted: NodeObject | Lease): ApiObject {
  const spec = { ...current.spec, ...wanted.spec };
  return Object.keys(spec).length === 0 ? wanted : ({ ...wanted, spec } as NodeObject | Lease);
}
