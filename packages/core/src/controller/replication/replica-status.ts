/** What a set reports of its pods. */

import { formatTime, type Labels } from '../../api/meta.ts';
import type { Pod } from '../../api/pod.ts';
import { podCondition } from '../../api/pod-readiness.ts';
import type { ReplicaCounts, ReplicaSetStatus, WorkloadCondition } from '../../api/workloads.ts';
import { availableAtMs } from './pod-availability.ts';
import { type PodSet, wantedReplicas } from './pod-set.ts';
import { conditionOf, removeCondition, setCondition } from './workload-conditions.ts';

export interface ReplicaFacts {
  /** As it was acted on. */
  readonly set: Pick<PodSet, 'spec' | 'metadata'>;
  /** The active pods that it owns. */
  readonly pods: readonly Pod[];
  /** Pods of it that are being deleted; absent where that is not reported. */
  readonly terminating?: number | undefined;
  /** Why pods could not be created or deleted; absent when there was no such error. */
  readonly manageError?: string | undefined;
  /** Says that pods keep failing; absent when they do not. */
  readonly podsFailing?: WorkloadCondition | undefined;
  readonly nowMs: number;
}

export const replicaFailure = 'ReplicaFailure';
/** Mooring's own: pods of the set fail before they were ever ready, and new ones are made more and more slowly. */
export const podsFailing = 'PodsFailing';

/** `previous`: its conditions stay, but for those that are decided here. */
export function replicaStatus(facts: ReplicaFacts, previous: ReplicaSetStatus | undefined): ReplicaSetStatus {
  const { set, terminating } = facts;
  const conditions = conditionsOf(facts, previous?.conditions ?? []);
  const { generation } = set.metadata;
  return {
    ...countsOf(facts),
    ...(terminating !== undefined && { terminatingReplicas: terminating }),
    ...(generation !== undefined && { observedGeneration: generation }),
    ...(conditions.length > 0 && { conditions }),
  };
}

/** In one pass: a large set is looked at often while its pods start. */
function countsOf({ set, pods, nowMs }: ReplicaFacts): Omit<ReplicaCounts, 'conditions'> {
  const { minReadySeconds = 0, template } = set.spec;
  const wanted = Object.entries(template?.metadata?.labels ?? {});
  let [fullyLabeledReplicas, readyReplicas, availableReplicas] = [0, 0, 0];
  for (const pod of pods) {
    if (hasAll(pod.metadata.labels, wanted)) fullyLabeledReplicas += 1;
    const ready = podCondition(pod, 'Ready');
    if (ready?.status !== 'True') continue;
    readyReplicas += 1;
    if (availableAtMs(ready, minReadySeconds) <= nowMs) availableReplicas += 1;
  }
  return { replicas: pods.length, fullyLabeledReplicas, readyReplicas, availableReplicas };
}

function hasAll(labels: Labels = {}, wanted: readonly (readonly [string, string])[]): boolean {
  for (const [key, value] of wanted) if (labels[key] !== value) return false;
  return true;
}

function conditionsOf(
  facts: ReplicaFacts,
  previous: readonly WorkloadCondition[],
): readonly WorkloadCondition[] {
  const others = removeCondition(withFailure(facts, previous), podsFailing);
  return facts.podsFailing === undefined ? others : [...others, facts.podsFailing];
}

/** The first error is told, and stays until there is none: the words of each retry would only be noise. */
function withFailure(
  { set, pods, manageError, nowMs }: ReplicaFacts,
  previous: readonly WorkloadCondition[],
): readonly WorkloadCondition[] {
  if (manageError === undefined) return removeCondition(previous, replicaFailure);
  if (conditionOf(previous, replicaFailure) !== undefined) return previous;
  return setCondition(previous, {
    type: replicaFailure,
    status: 'True',
    reason: pods.length < wantedReplicas(set) ? 'FailedCreate' : 'FailedDelete',
    message: manageError,
    lastTransitionTime: formatTime(nowMs),
  });
}
