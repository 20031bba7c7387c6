/** Objects that keep a number of pods: ReplicationController, ReplicaSet, Deployment, and what they share. */

import type { LabelSelector } from './label-selector.ts';
import type { ApiObject, ConditionStatus, Labels, ObjectMeta, StoredMeta } from './meta.ts';
import type { PodSpec } from './pod.ts';

/** What the pods of a set are made from. */
export interface PodTemplateSpec {
  readonly metadata?: Pick<ObjectMeta, 'name' | 'labels' | 'annotations' | 'finalizers'>;
  readonly spec: PodSpec;
}

/** One condition of a workload: `Available`, `Progressing`, `ReplicaFailure` and so on. */
export interface WorkloadCondition {
  readonly type: string;
  readonly status: ConditionStatus;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
  /** Deployments only. */
  readonly lastUpdateTime?: string;
}

/** The counts that a ReplicaSet and a ReplicationController report. */
export interface ReplicaCounts {
  readonly replicas: number;
  readonly fullyLabeledReplicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly observedGeneration?: number;
  readonly conditions?: readonly WorkloadCondition[];
}

/** How many pods a ReplicationController keeps, and which. */
export interface ReplicationControllerSpec {
  /** 1 when not given. */
  readonly replicas?: number;
  readonly minReadySeconds?: number;
  /** Equality only; copied from the labels of the template when empty. */
  readonly selector?: Labels;
  readonly template?: PodTemplateSpec;
}

/** `v1` ReplicationController: keeps a number of pods. A ReplicaSet with plain selectors. */
export interface ReplicationController extends ApiObject {
  readonly apiVersion: 'v1';
  readonly kind: 'ReplicationController';
  readonly spec: ReplicationControllerSpec;
  readonly status?: ReplicaCounts;
}

/** How many pods a ReplicaSet keeps, and which. The selector cannot be changed. */
export interface ReplicaSetSpec {
  /** 1 when not given. */
  readonly replicas?: number;
  readonly minReadySeconds?: number;
  readonly selector: LabelSelector;
  readonly template: PodTemplateSpec;
}

/** How many pods of a ReplicaSet there are, are ready, and are available. */
export interface ReplicaSetStatus extends ReplicaCounts {
  readonly terminatingReplicas?: number;
}

/** `apps/v1` ReplicaSet: keeps a number of pods. */
export interface ReplicaSet extends ApiObject {
  readonly apiVersion: 'apps/v1';
  readonly kind: 'ReplicaSet';
  readonly spec: ReplicaSetSpec;
  readonly status?: ReplicaSetStatus;
}

/** A number, or a percentage such as `25%`. */
export type IntOrPercent = number | string;

/** How old pods are replaced by new ones: step by step, or all at once. */
export interface DeploymentStrategy {
  /** `RollingUpdate` when not given. */
  readonly type?: 'RollingUpdate' | 'Recreate';
  readonly rollingUpdate?: { readonly maxSurge?: IntOrPercent; readonly maxUnavailable?: IntOrPercent };
}

/** What a Deployment keeps, and how it goes from one template to the next. */
export interface DeploymentSpec {
  /** 1 when not given. */
  readonly replicas?: number;
  readonly selector: LabelSelector;
  readonly template: PodTemplateSpec;
  readonly strategy?: DeploymentStrategy;
  readonly minReadySeconds?: number;
  /** 10 when not given. */
  readonly revisionHistoryLimit?: number;
  readonly paused?: boolean;
  /** 600 when not given. */
  readonly progressDeadlineSeconds?: number;
}

/** How far a Deployment is. */
export interface DeploymentStatus {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly unavailableReplicas?: number;
  readonly terminatingReplicas?: number;
  readonly conditions?: readonly WorkloadCondition[];
  readonly collisionCount?: number;
}

/** `apps/v1` Deployment: a ReplicaSet for each template, and the way from one to the next and back. */
export interface Deployment extends ApiObject {
  readonly apiVersion: 'apps/v1';
  readonly kind: 'Deployment';
  readonly spec: DeploymentSpec;
  readonly status?: DeploymentStatus;
}

/** An object that has been admitted: named, in a namespace, with a UID. */
export type Namespaced<T extends ApiObject> = T & {
  readonly metadata: StoredMeta & { readonly namespace: string };
};
