/** ReplicaSet and ReplicationController as one thing: objects that keep a number of pods. They differ in what is here. */

import type { ReadMeta } from '../../api/known-kinds.ts';
import type { ApiObject, Labels } from '../../api/meta.ts';
import { selectorMatches } from '../../api/selector.ts';
import { workloadSelector } from '../../api/workload-selector.ts';
import type { PodTemplateSpec, ReplicaSetStatus } from '../../api/workloads.ts';
import type { ControllerCaches } from '../../contract/controller.ts';
import { controllerOf, controllerUIDIndex } from '../../store/common-indices.ts';

/** What both kinds have, as it is read from the store. */
export interface PodSet extends ApiObject {
  readonly metadata: ReadMeta & { readonly namespace: string };
  readonly spec: {
    readonly replicas?: number;
    readonly minReadySeconds?: number;
    readonly template?: PodTemplateSpec;
  };
  readonly status?: ReplicaSetStatus;
}

export interface PodSetKind {
  readonly kind: 'ReplicaSet' | 'ReplicationController';
  /** Name of the controller. */
  readonly controller: string;
  /** Source of its events. */
  readonly component: string;
  readonly reportsTerminating: boolean;
  /** Sets that have the same owner, itself among them; none when nobody owns it. */
  siblingsOf(set: PodSet, caches: ControllerCaches): readonly PodSet[];
}

export const replicaSetKind: PodSetKind = {
  kind: 'ReplicaSet',
  controller: 'replicaset',
  component: 'replicaset-controller',
  reportsTerminating: true,
  siblingsOf(set, caches) {
    const owner = controllerOf(set);
    return owner === undefined ? [] : caches.cache('ReplicaSet').byIndex(controllerUIDIndex, owner.uid);
  },
};

export const replicationControllerKind: PodSetKind = {
  kind: 'ReplicationController',
  controller: 'replicationcontroller',
  component: 'replication-controller',
  reportsTerminating: false,
  // No Deployment owns a ReplicationController.
  siblingsOf: () => [],
};

/** How many pods are wanted. */
export function wantedReplicas({ spec }: Pick<PodSet, 'spec'>): number {
  return spec.replicas ?? 1;
}

/** Does the set select a pod with these labels? */
export function selects(set: PodSet, labels: Labels): boolean {
  const selector = workloadSelector(set);
  return selector !== undefined && selectorMatches(selector, labels);
}
