/**
 * Which pods go first when a set has too many. Not a total order: pods whose ages fall into one bucket
 * are ordered by UID, others by later rules, so that A < B < C < A is possible, as in Kubernetes.
 */

import { parseTime } from '../../api/meta.ts';
import { type ContainerStatus, isSidecar, type Pod } from '../../api/pod.ts';
import { podDeletionCost } from '../../api/pod-deletion-cost.ts';
import { isPodReady, podCondition } from '../../api/pod-readiness.ts';
import { isActive } from './pod-activity.ts';

export interface RankedPod {
  readonly pod: Pod;
  /** Related active pods on the same node, itself among them; 0 where nobody counts. */
  readonly rank: number;
}

/** Negative when `a` is deleted before `b`, 0 when nothing tells them apart. The first rule that does decides. */
export function compareForDeletion(a: RankedPod, b: RankedPod, nowMs: number): number {
  return (
    Number(isAssigned(a.pod)) - Number(isAssigned(b.pod)) ||
    phaseOrder(a.pod) - phaseOrder(b.pod) ||
    Number(isPodReady(a.pod)) - Number(isPodReady(b.pod)) ||
    deletionCost(a.pod) - deletionCost(b.pod) ||
    b.rank - a.rank ||
    (haveOtherReadyTimes(a.pod, b.pod)
      ? compareAges(a.pod, b.pod, readySinceMs, nowMs)
      : compareRestarts(a.pod, b.pod) || compareAges(a.pod, b.pod, creationMs, nowMs))
  );
}

export interface DeletionChoice<P extends Pod> {
  /** The active pods of the set. */
  readonly pods: readonly P[];
  /** Pods of all sets that share the owner of this one; the active ones among them make a node crowded. None without such an owner. */
  readonly related: readonly Pod[];
  readonly count: number;
  readonly nowMs: number;
}

/** The `count` pods that are deleted, in the order of their deletion. */
export function podsToDelete<P extends Pod>({
  pods,
  related,
  count,
  nowMs,
}: DeletionChoice<P>): readonly P[] {
  if (count >= pods.length) return pods;
  const perNode = new Map<string, number>();
  for (const pod of related) {
    if (!isActive(pod)) continue;
    const node = pod.spec.nodeName ?? '';
    perNode.set(node, (perNode.get(node) ?? 0) + 1);
  }
  return pods
    .map((pod) => ({ pod, rank: perNode.get(pod.spec.nodeName ?? '') ?? 0 }))
    .sort((a, b) => compareForDeletion(a, b, nowMs))
    .slice(0, Math.max(count, 0))
    .map(({ pod }) => pod);
}

/** What its annotation says it costs to delete the pod; 0 when that is no 32-bit integer. */
export function deletionCost({ metadata }: Pick<Pod, 'metadata'>): number {
  return podDeletionCost(metadata.annotations) ?? 0;
}

function isAssigned({ spec }: Pod): boolean {
  return Boolean(spec.nodeName);
}

function phaseOrder({ status }: Pod): number {
  return status?.phase === 'Running' ? 2 : status?.phase === 'Unknown' ? 1 : 0;
}

/** Nothing else is looked at then, not even when their UIDs tell them apart no better. */
function haveOtherReadyTimes(a: Pod, b: Pod): boolean {
  return isPodReady(a) && isPodReady(b) && readySinceMs(a) !== readySinceMs(b);
}

function readySinceMs(pod: Pod): number | undefined {
  return parseTime(podCondition(pod, 'Ready')?.lastTransitionTime);
}

function creationMs({ metadata }: Pod): number | undefined {
  return parseTime(metadata.creationTimestamp);
}

/** Newer first, by buckets of doubling width; the UID decides within one. What has no time counts as newest. */
function compareAges(a: Pod, b: Pod, timeOf: (pod: Pod) => number | undefined, nowMs: number): number {
  const [aMs, bMs] = [timeOf(a), timeOf(b)];
  if (aMs === bMs) return 0;
  if (aMs === undefined) return -1;
  if (bMs === undefined) return 1;
  return ageBucket(nowMs - aMs) - ageBucket(nowMs - bMs) || compareUIDs(a, b);
}

/** Kubernetes counts in nanoseconds, which moves the edges of the buckets: 34.4 s, 68.7 s, 137 s... */
function ageBucket(ageMs: number): number {
  return ageMs > 0 ? Math.floor(Math.log2(ageMs * 1e6)) : -1;
}

function compareUIDs(a: Pod, b: Pod): number {
  const [aUID, bUID] = [a.metadata.uid ?? '', b.metadata.uid ?? ''];
  return aUID === bUID ? 0 : aUID < bUID ? -1 : 1;
}

/** More restarts first; sidecars are looked at when the other containers are equal. */
function compareRestarts(a: Pod, b: Pod): number {
  return (
    restartsMax(b.status?.containerStatuses) - restartsMax(a.status?.containerStatuses) ||
    restartsMax(sidecarStatuses(b)) - restartsMax(sidecarStatuses(a))
  );
}

function sidecarStatuses({ spec, status }: Pod): readonly ContainerStatus[] {
  const sidecars = new Set(spec.initContainers?.filter(isSidecar).map(({ name }) => name));
  return status?.initContainerStatuses?.filter(({ name }) => sidecars.has(name)) ?? [];
}

function restartsMax(statuses: readonly ContainerStatus[] | undefined): number {
  return Math.max(0, ...(statuses ?? []).map(({ restartCount = 0 }) => restartCount));
}
