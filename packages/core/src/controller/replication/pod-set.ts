/** ReplicaSet and ReplicationController as one thing: objects that keep a number of pods. They differ in what is here. */

import type { ReadMeta } from '../../api/known-kinds.ts';
import { parseLabelSelector } from '../../api/label-selector.ts';
import type { ApiObject, Labels } from '../../api/meta.ts';
import { type Selector, selectorMatches } from '../../api/selector.ts';
import type {
  PodTemplateSpec,
  ReplicaSet,
  ReplicaSetStatus,
  ReplicationController,
} from '../../api/workloads.ts';
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
  readonly apiVersion: string;
  /** Name of the controller. */
  readonly controller: string;
  /** Source of its events. */
  readonly component: string;
  readonly reportsTerminating: boolean;
  /** `undefined` when it selects nothing: it is missing, empty, or cannot be read. */
  selectorOf(set: ApiObject): Selector | undefined;
  /** Sets that have the same owner, itself among them; none when nobody owns it. */
  siblingsOf(set: PodSet, caches: ControllerCaches): readonly PodSet[];
}

export const replicaSetKind: PodSetKind = {
  kind: 'ReplicaSet',
  apiVersion: 'apps/v1',
  controller: 'replicaset',
  component: 'replicaset-controller',
  reportsTerminating: true,
  selectorOf: (set) => orNothing(parseLabelSelector((set as Partial<ReplicaSet>).spec?.selector)),
  siblingsOf(set, caches) {
    const owner = controllerOf(set);
    return owner === undefined ? [] : caches.cache('ReplicaSet').byIndex(controllerUIDIndex, owner.uid);
  },
};

export const replicationControllerKind: PodSetKind = {
  kind: 'ReplicationController',
  apiVersion: 'v1',
  controller: 'replicationcontroller',
  component: 'replication-controller',
  reportsTerminating: false,
  selectorOf: (set) => {
    const selector = (set as Partial<ReplicationController>).spec?.selector;
    return orNothing(parseLabelSelector(selector && { matchLabels: selector }));
  },
  // No Deployment owns a ReplicationController.
  siblingsOf: () => [],
};

/** How many pods are wanted. */
export function wantedReplicas({ spec }: Pick<PodSet, 'spec'>): number {
  return spec.replicas ?? 1;
}

/** Does the set select a pod with these labels? */
export function selects(kind: PodSetKind, set: ApiObject, labels: Labels): boolean {
  const selector = kind.selectorOf(set);
  return selector !== undefined && selectorMatches(selector, labels);
}

/** The API refuses an empty selector, which would take every pod of the namespace. */
function orNothing(parsed: ReturnType<typeof parseLabelSelector>): Selector | undefined {
  return parsed.ok && parsed.value?.length !== 0 ? parsed.value : undefined;
}
