/** Fills in what manifests of ReplicationControllers, ReplicaSets and Deployments leave out. */

import { defaultPodTemplate } from './default-pod.ts';
import type { Draft } from './draft.ts';
import type { Labels } from './meta.ts';
import type { Deployment, DeploymentStrategy, ReplicaSet, ReplicationController } from './workloads.ts';

/** Selector and labels, each only where there are none, are those of the template. */
export function defaultReplicationController(
  controller: Draft<ReplicationController>,
): Draft<ReplicationController> {
  const { metadata = {}, spec = {} } = controller;
  const { template } = spec;
  const labels = template?.metadata?.labels ?? {};
  return {
    ...controller,
    metadata: { ...metadata, ...(isEmpty(metadata.labels) && !isEmpty(labels) && { labels }) },
    spec: {
      ...spec,
      replicas: spec.replicas ?? 1,
      ...(isEmpty(spec.selector) && !isEmpty(labels) && { selector: labels }),
      ...(template && { template: defaultPodTemplate(template) }),
    },
  };
}

export function defaultReplicaSet(set: Draft<ReplicaSet>): Draft<ReplicaSet> {
  const { spec = {} } = set;
  const template = defaultPodTemplate(spec.template ?? {});
  return { ...set, spec: { ...spec, replicas: spec.replicas ?? 1, template } };
}

export function defaultDeployment(deployment: Draft<Deployment>): Draft<Deployment> {
  const { spec = {} } = deployment;
  return {
    ...deployment,
    spec: {
      ...spec,
      replicas: spec.replicas ?? 1,
      template: defaultPodTemplate(spec.template ?? {}),
      strategy: defaultStrategy(spec.strategy ?? {}),
      revisionHistoryLimit: spec.revisionHistoryLimit ?? 10,
      progressDeadlineSeconds: spec.progressDeadlineSeconds ?? 600,
    },
  };
}

function defaultStrategy(strategy: Draft<DeploymentStrategy>): Draft<DeploymentStrategy> {
  const type = strategy.type || 'RollingUpdate';
  if (type !== 'RollingUpdate') return { ...strategy, type };
  const { maxSurge = '25%', maxUnavailable = '25%' } = strategy.rollingUpdate ?? {};
  return { ...strategy, type, rollingUpdate: { maxSurge, maxUnavailable } };
}

function isEmpty(labels: Draft<Labels> | undefined): boolean {
  return labels === undefined || Object.keys(labels).length === 0;
}
