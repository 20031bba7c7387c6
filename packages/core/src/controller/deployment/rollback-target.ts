/** Going back to an earlier revision: which ReplicaSet holds it, and what the Deployment becomes. */

import { isSameTemplate, withoutHash } from './pod-template.ts';
import { annotationsRolledBack, compareRevisions, revisionOf, rollbackTo } from './revision.ts';
import { allReplicaSets, type Rollout, type StoredDeployment, type StoredReplicaSet } from './rollout.ts';

/** The revision that the deprecated annotation asks for; 0 is the one before the latest. */
export function requestedRollback({ metadata }: StoredDeployment): number | undefined {
  const text = metadata.annotations?.[rollbackTo];
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/**
 * With `revision` 0 the latest but the current one. Absent when there is none. Kubernetes takes the second highest number,
 * which is one too far back while the current template has yet to get its own.
 */
export function rollbackTarget(rollout: Rollout, revision: number): StoredReplicaSet | undefined {
  if (revision !== 0) return allReplicaSets(rollout).find((one) => revisionOf(one) === BigInt(revision));
  const latestFirst = [...rollout.oldReplicaSets].sort((a, b) => compareRevisions(b, a));
  return latestFirst.find((one) => revisionOf(one) > 0n);
}

export function isRolledBackTo(deployment: StoredDeployment, target: StoredReplicaSet): boolean {
  return isSameTemplate(deployment.spec.template, target.spec.template);
}

/** The Deployment with the template and annotations of that revision. */
export function rolledBack(deployment: StoredDeployment, target: StoredReplicaSet): StoredDeployment {
  return {
    ...deployment,
    metadata: { ...deployment.metadata, annotations: annotationsRolledBack(deployment, target) },
    spec: { ...deployment.spec, template: withoutHash(target.spec.template) },
  };
}
