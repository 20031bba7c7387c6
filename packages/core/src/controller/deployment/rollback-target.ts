/** Going back to an earlier revision: which ReplicaSet holds it, and what the Deployment becomes. */

import { parseInt64 } from '../../api/int64.ts';
import { isSameTemplate, withoutHash } from './pod-template.ts';
import { annotationsRolledBack, compareRevisions, revisionOf, rollbackTo } from './revision.ts';
import { allReplicaSets, type Rollout, type StoredDeployment, type StoredReplicaSet } from './rollout.ts';

/** The revision that the deprecated annotation asks for; 0 is the one before the latest. */
export function requestedRollback({ metadata }: StoredDeployment): bigint | undefined {
  return parseInt64(metadata.annotations?.[rollbackTo] ?? '');
}

/**
 * With `revision` 0 the latest but the current one. Absent when there is none. Kubernetes takes the second highest number,
 * which is one too far back while the current template has yet to get its own.
 */
export function rollbackTarget(rollout: Rollout, revision: bigint): StoredReplicaSet | undefined {
  if (revision !== 0n) return allReplicaSets(rollout).find((one) => revisionOf(one) === revision);
  const latest = [...rollout.oldReplicaSets].sort(compareRevisions).at(-1);
  return latest !== undefined && revisionOf(latest) > 0n ? latest : undefined;
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
