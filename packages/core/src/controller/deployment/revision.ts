/** The annotations by which a Deployment remembers its revisions, and how large it was when its ReplicaSets were scaled. */

import { parseInt64 } from '../../api/int64.ts';
import type { ApiObject, Labels } from '../../api/meta.ts';
import { sizeOf } from './deployment-spec.ts';
import { fencepostsOf } from './fenceposts.ts';
import type { StoredDeployment, StoredReplicaSet } from './rollout.ts';

const revision = 'deployment.kubernetes.io/revision';
const revisionHistory = 'deployment.kubernetes.io/revision-history';
const desiredReplicas = 'deployment.kubernetes.io/desired-replicas';
const maxReplicas = 'deployment.kubernetes.io/max-replicas';
export const rollbackTo = 'deprecated.deployment.rollback.to';

/** These belong to one object; all others are the same on a Deployment and on its new ReplicaSet. */
const notCopied: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revision,
  revisionHistory,
  desiredReplicas,
  maxReplicas,
  rollbackTo,
]);

const historyCharsMax = 2000;

/** 0 when there is none, or none that can be read. */
export function revisionOf(object: ApiObject): bigint {
  return parseInt64(object.metadata.annotations?.[revision] ?? '') ?? 0n;
}

export function highestRevision(replicaSets: readonly StoredReplicaSet[]): bigint {
  return replicaSets.map(revisionOf).reduce((a, b) => (a > b ? a : b), 0n);
}

/** For sorting, lowest first. */
export function compareRevisions(a: ApiObject, b: ApiObject): number {
  const [first, second] = [revisionOf(a), revisionOf(b)];
  return first < second ? -1 : first > second ? 1 : 0;
}

export function withRevision(annotations: Labels | undefined, number: bigint): Labels {
  return { ...annotations, [revision]: String(number) };
}

/** The size of the Deployment when this ReplicaSet was scaled last. */
export function desiredReplicasOf({ metadata }: StoredReplicaSet): number | undefined {
  return sizeFrom(metadata.annotations?.[desiredReplicas]);
}

/** The same with the surge of that time. */
export function maxReplicasOf({ metadata }: StoredReplicaSet): number | undefined {
  return sizeFrom(metadata.annotations?.[maxReplicas]);
}

export function withSizes(annotations: Labels | undefined, deployment: StoredDeployment): Labels {
  const size = sizeOf(deployment);
  const { maxSurge } = fencepostsOf(deployment);
  return { ...annotations, [desiredReplicas]: String(size), [maxReplicas]: String(size + maxSurge) };
}

/**
 * Those of the new ReplicaSet. Its revision is only ever raised: older ones may have been deleted since it was given. One
 * that is raised has been rolled back to, and what it was before goes to its history.
 */
export function annotationsOfNew(deployment: StoredDeployment, current: Labels, number: bigint): Labels {
  const copied = { ...current, ...filterKeys(deployment.metadata.annotations, (key) => !notCopied.has(key)) };
  const before = current[revision];
  if ((parseInt64(before ?? '') ?? 0n) >= number) return copied;
  const raised = withRevision(copied, number);
  if (before === undefined) return raised;
  return { ...raised, [revisionHistory]: withEntry(current[revisionHistory], before) };
}

/** Those of a Deployment that goes back to a ReplicaSet: what it copied to others comes back from this one. */
export function annotationsRolledBack(deployment: StoredDeployment, target: StoredReplicaSet): Labels {
  return {
    ...filterKeys(deployment.metadata.annotations, (key) => notCopied.has(key) && key !== rollbackTo),
    ...filterKeys(target.metadata.annotations, (key) => !notCopied.has(key)),
  };
}

/** The oldest entries go when the list gets too long. */
function withEntry(history: string | undefined, entry: string): string {
  const entries = [...(history ?? '').split(',').filter((one) => one !== ''), entry];
  while (entries.length > 1 && entries.join(',').length > historyCharsMax) entries.shift();
  return entries.join(',');
}

function filterKeys(annotations: Labels | undefined, isKept: (key: string) => boolean): Labels {
  return Object.fromEntries(Object.entries(annotations ?? {}).filter(([key]) => isKept(key)));
}

function sizeFrom(text: string | undefined): number | undefined {
  const size = parseInt64(text ?? '');
  return size === undefined ? undefined : Number(size);
}
