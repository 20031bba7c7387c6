/** Objects that keep a number of pods: ReplicationController, ReplicaSet, Deployment, and what they share. */

import type { LabelSelector } from './label-selector.ts';
import type { ApiObject, ConditionStatus, Labels, ObjectMeta, StoredMeta } from './meta.ts';
import type { PodSpec } from './pod.ts';

export interface PodTemplateSpec {
  readonly metadata?: Pick<ObjectMeta, 'name' | 'labels' | 'annotations' | 'finalizers'>;
  readonly spec: PodSpec;
}

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

export interface ReplicationControllerSpec {
  /** 1 when not given. */
  readonly replicas?: number;
  readonly minReadySeconds?: number;
  /** Equality only; copied from the labels of the template when empty. */
  readonly selector?: Labels;
  readonly template?: PodTemplateSpec;
}

export interface ReplicationController extends ApiObject {
  readonly apiVersion: 'v1';
  readonly kind: 'ReplicationController';
  readonly spec: ReplicationControllerSpec;
  readonly status?: ReplicaCounts;
}

export interface ReplicaSetSpec {
  /** 1 when not given. */
  readonly replicas?: number;
  readonly minReadySeconds?: number;
  readonly selector: LabelSelector;
  readonly template: PodTemplateSpec;
}

export interface ReplicaSetStatus extends ReplicaCounts {
  readonly terminatingReplicas?: number;
}

export interface ReplicaSet extends ApiObject {
  readonly apiVersion: 'apps/v1';
  readonly kind: 'ReplicaSet';
  readonly spec: ReplicaSetSpec;
  readonly status?: ReplicaSetStatus;
}

/** A number, or a percentage such as `25%`. */
export type IntOrPercent = number | string;

export interface DeploymentStrategy {
  /** `RollingUpdate` when not given. */
  readonly type?: 'RollingUpdate' | 'Recreate';
  readonly rollingUpdate?: { readonly maxSurge?: IntOrPercent; readonly maxUnavailable?: IntOrPercent };
}

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
