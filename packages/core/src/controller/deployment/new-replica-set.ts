import type { LabelSelector } from '../../api/label-selector.ts';
import type { ObjectMeta } from '../../api/meta.ts';
import type { ReplicaSet } from '../../api/workloads.ts';
import { controllerReference } from '../replication/owner-references.ts';
import { hashLabel, templateHash, withHash } from './pod-template.ts';
import { annotationsOfNew, highestRevision, withSizes } from './revision.ts';
import { newReplicaSetSize } from './rolling-update.ts';
import { type Rollout, totalSize } from './rollout.ts';

const nameLengthMax = 253;

/** A ReplicaSet that has yet to be created. */
export type NewReplicaSet = ReplicaSet & {
  readonly metadata: ObjectMeta & { readonly namespace: string; readonly name: string };
};

/** The ReplicaSet for the Deployment's template. The same template gives the same name, so it is never made twice. */
export function newReplicaSetFor({ deployment, oldReplicaSets }: Rollout): NewReplicaSet {
  const { metadata, spec, status } = deployment;
  const hash = templateHash(spec.template, status?.collisionCount);
  const template = withHash(spec.template, hash);
  const annotations = annotationsOfNew(deployment, {}, highestRevision(oldReplicaSets) + 1n);
  const { minReadySeconds } = spec;
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${metadata.name.slice(0, nameLengthMax - hash.length - 1)}-${hash}`,
      namespace: metadata.namespace,
      labels: { ...template.metadata?.labels },
      annotations: withSizes(annotations, deployment),
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas: newReplicaSetSize(deployment, { current: 0, total: totalSize(oldReplicaSets) }),
      ...(minReadySeconds !== undefined && { minReadySeconds }),
      selector: withLabel(spec.selector, hash),
      template,
    },
  };
}

function withLabel(selector: LabelSelector, hash: string): LabelSelector {
  return { ...selector, matchLabels: { ...selector.matchLabels, [hashLabel]: hash } };
}
