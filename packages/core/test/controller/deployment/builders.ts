/** Deployments and ReplicaSets as the store holds them. */

import { formatTime } from '../../../src/api/meta.ts';
import type {
  Deployment,
  DeploymentSpec,
  DeploymentStatus,
  PodTemplateSpec,
  ReplicaSetStatus,
} from '../../../src/api/workloads.ts';
import type { StoredDeployment, StoredReplicaSet } from '../../../src/controller/deployment/rollout.ts';

export const startMs = Date.UTC(2026, 0, 1);

/** `web:1` and the like: the image tells one template from another. */
export function templateOf(image: string): PodTemplateSpec {
  return {
    metadata: { labels: { app: 'web' } },
    spec: { containers: [{ name: 'main', image }], terminationGracePeriodSeconds: 30 },
  };
}

/** To be created: `web` of one replica with the image `web:1`, unless told otherwise. */
export function deploymentToCreate({
  image = 'web:1',
  name = 'web',
  ...spec
}: Partial<DeploymentSpec> & { readonly image?: string; readonly name?: string } = {}): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: { selector: { matchLabels: { app: 'web' } }, template: templateOf(image), ...spec },
  };
}

export function deployment(
  options: Parameters<typeof deploymentToCreate>[0] & {
    readonly annotations?: Readonly<Record<string, string>>;
    readonly generation?: number;
    readonly status?: DeploymentStatus;
  } = {},
): StoredDeployment {
  const { annotations = {}, generation = 1, status, ...rest } = options;
  const { metadata, ...made } = deploymentToCreate(rest);
  return {
    ...made,
    metadata: {
      ...metadata,
      name: metadata.name ?? '',
      namespace: 'default',
      uid: 'uid-of-web',
      creationTimestamp: formatTime(startMs),
      resourceVersion: '1',
      generation,
      annotations,
    },
    ...(status !== undefined && { status }),
  };
}

export interface ReplicaSetOptions {
  readonly name?: string;
  readonly image?: string;
  readonly replicas?: number;
  /** Also in `replicas` and `readyReplicas`, unless `status` says otherwise; as many as wanted when not given. */
  readonly available?: number;
  /** Seconds since `startMs`. */
  readonly createdAt?: number;
  readonly revision?: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly status?: Partial<ReplicaSetStatus>;
}

export function replicaSet(options: ReplicaSetOptions = {}): StoredReplicaSet {
  const { name = 'web-1', image = 'web:1', replicas = 1, available = replicas, createdAt = 0 } = options;
  const { revision, annotations = {}, status } = options;
  const counts = { replicas, readyReplicas: available, availableReplicas: available };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace: 'default',
      uid: `uid-of-${name}`,
      resourceVersion: '1',
      creationTimestamp: formatTime(startMs + createdAt * 1000),
      generation: 1,
      annotations: {
        ...(revision !== undefined && { 'deployment.kubernetes.io/revision': String(revision) }),
        ...annotations,
      },
    },
    spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: templateOf(image) },
    status: { observedGeneration: 1, ...counts, ...status },
  };
}

/** The annotations of a ReplicaSet that was scaled when its Deployment had this size. */
export function scaledAt(desired: number, max: number): Readonly<Record<string, string>> {
  return {
    'deployment.kubernetes.io/desired-replicas': String(desired),
    'deployment.kubernetes.io/max-replicas': String(max),
  };
}
