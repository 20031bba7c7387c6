/** A Deployment and its ReplicaSets as one look sees them, and the sums over them. */

import type { ObjectOf } from '../../api/known-kinds.ts';
import { parseTime } from '../../api/meta.ts';
import type { ReplicaSetStatus } from '../../api/workloads.ts';
import { sizeOf } from './deployment-spec.ts';

export type StoredDeployment = ObjectOf<'Deployment'>;
export type StoredReplicaSet = ObjectOf<'ReplicaSet'>;

export interface Rollout {
  readonly deployment: StoredDeployment;
  /** The one with the template of the Deployment; absent until it is made. */
  readonly newReplicaSet: StoredReplicaSet | undefined;
  /** Those with other templates, also the empty ones that are kept as history. */
  readonly oldReplicaSets: readonly StoredReplicaSet[];
}

/** A ReplicaSet and the number of pods that it is to have. */
export interface Resize {
  readonly replicaSet: StoredReplicaSet;
  readonly replicas: number;
}

export function allReplicaSets({ newReplicaSet, oldReplicaSets }: Rollout): readonly StoredReplicaSet[] {
  return newReplicaSet === undefined ? oldReplicaSets : [...oldReplicaSets, newReplicaSet];
}

export function isActive(replicaSet: StoredReplicaSet): boolean {
  return sizeOf(replicaSet) > 0;
}

/** The pods that are wanted. */
export function totalSize(replicaSets: readonly StoredReplicaSet[]): number {
  return replicaSets.reduce((sum, one) => sum + sizeOf(one), 0);
}

type Count = Exclude<keyof ReplicaSetStatus, 'conditions' | 'observedGeneration'>;

/** The pods that are there, by what their ReplicaSets report. */
export function totalCount(replicaSets: readonly StoredReplicaSet[], count: Count): number {
  return replicaSets.reduce((sum, { status }) => sum + (status?.[count] ?? 0), 0);
}

/**
 * The available pods that will stay. A ReplicaSet that has just been made smaller may still report pods that it is about
 * to delete; Kubernetes counts those too, or stops scaling down until the report is there.
 */
export function availableOf(replicaSet: StoredReplicaSet): number {
  return Math.min(replicaSet.status?.availableReplicas ?? 0, sizeOf(replicaSet));
}

/** Oldest first; those of the same second by name. */
export function byCreation(a: StoredReplicaSet, b: StoredReplicaSet): number {
  const [first = 0, second = 0] = [a, b].map(({ metadata }) => parseTime(metadata.creationTimestamp));
  return first - second || compareTexts(a.metadata.name, b.metadata.name);
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
