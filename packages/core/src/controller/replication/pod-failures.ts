/**
 * Pods that fail before they were ever ready: refused by a node, evicted at once. Kubernetes replaces each at once, which
 * has made thousands of dead pods a minute; here the set waits, twice as long each time, and keeps the last few for
 * whoever wants to know why. Everything follows from what is stored, so a restart neither forgets a wait nor begins it anew.
 */

import { formatTime, parseTime } from '../../api/meta.ts';
import type { Pod, PodCondition, StoredPod } from '../../api/pod.ts';
import { isPodReady, podCondition } from '../../api/pod-readiness.ts';
import type { WorkloadCondition } from '../../api/workloads.ts';
import { podsFailing } from './replica-status.ts';

export interface FailureBackOffSettings {
  /** Pause before the second replacement in a row; the first one comes at once. 1 s when not given. */
  readonly initialMs?: number;
  /** 5 minutes when not given. After twice as long a failure is forgotten. */
  readonly maxMs?: number;
  /** Pods that failed before they were ready and are kept; older ones are deleted. 10 when not given. */
  readonly keptMax?: number;
}

export interface FailureFacts {
  /** Pods of the set that have failed, those that were ready once included. */
  readonly failed: readonly StoredPod[];
  readonly active: readonly Pod[];
  /** What was said of this in the status last. */
  readonly condition: WorkloadCondition | undefined;
  /** What is wanted was changed since the status was written: maybe that was the cure. */
  readonly isSpecNew: boolean;
  /** There are fewer pods than wanted. */
  readonly isShort: boolean;
  readonly nowMs: number;
}

export interface FailureVerdict {
  /** For the status; `undefined` while no pods fail. */
  readonly condition: WorkloadCondition | undefined;
  /** No pods are to be created for so long. */
  readonly waitMs: number;
  /** Failed pods that are not kept, oldest first. */
  readonly surplus: readonly StoredPod[];
}

export function judgeFailures(facts: FailureFacts, settings: FailureBackOffSettings = {}): FailureVerdict {
  const { initialMs = 1000, maxMs = 300_000, keptMax = 10 } = settings;
  const { condition, isSpecNew, isShort, nowMs } = facts;
  if (facts.failed.length === 0) return { condition: undefined, waitMs: 0, surplus: [] };
  const failures = facts.failed
    .filter((pod) => !wasReady(pod))
    .map((pod) => ({ pod, atMs: Math.min(failedAtMs(pod), nowMs) }))
    .sort((a, b) => a.atMs - b.atMs);
  const surplus = failures.slice(0, Math.max(0, failures.length - keptMax)).map(({ pod }) => pod);
  // A pod that was made after a failure and became ready has shown that pods can run again.
  const cureMs = Math.max(...facts.active.filter(isPodReady).map(createdAtMs));
  const counted = failures.filter(({ atMs }) => atMs >= cureMs && atMs > nowMs - 2 * maxMs);
  const [first, last] = [counted[0], counted.at(-1)];
  if (first === undefined || last === undefined) return { condition: undefined, waitMs: 0, surplus };
  const sinceMs = isSpecNew ? nowMs : (parseTime(condition?.lastTransitionTime) ?? first.atMs);
  // As long again as it has been going on: each pause is twice the one before.
  const pauseMs = Math.min(Math.max(last.atMs - sinceMs, 0) + initialMs, maxMs);
  const isFirst = condition === undefined || isSpecNew;
  const waitMs = isFirst || !isShort ? 0 : Math.max(0, last.atMs + pauseMs - nowMs);
  const until = waitMs > 0 ? `; pods are created again at ${formatTime(nowMs + waitMs)}` : '';
  return {
    condition: {
      type: podsFailing,
      status: 'True',
      reason: 'FailedBeforeReady',
      message: `${describe(last.pod)}${until}`,
      lastTransitionTime: formatTime(sinceMs),
    },
    waitMs,
    surplus,
  };
}

/** A pod that is refused has all its conditions from one moment; one that was ready lost that later. */
export function wasReady(pod: Pod): boolean {
  const ready = podCondition(pod, 'Ready');
  if (ready?.status === 'True') return true;
  const [startMs, lostMs] = [parseTime(pod.status?.startTime), parseTime(ready?.lastTransitionTime)];
  return startMs !== undefined && lostMs !== undefined && lostMs > startMs;
}

/**
 * Nothing says when a pod failed; it is the last thing that happened to it. The clock of its node may be wrong by any amount:
 * so long after its start it failed, by that clock, and by others it could start when it was placed.
 */
function failedAtMs(pod: Pod): number {
  const { conditions = [], containerStatuses = [], startTime } = pod.status ?? {};
  const isOfNode = ({ type }: PodCondition) => type !== 'PodScheduled' && type !== 'DisruptionTarget';
  const times = [
    startTime,
    ...conditions.filter(isOfNode).map(({ lastTransitionTime }) => lastTransitionTime),
    ...containerStatuses.map(({ state }) => state?.terminated?.finishedAt),
  ];
  const lastMs = Math.max(...times.map((time) => parseTime(time) ?? 0));
  const startMs = parseTime(startTime);
  const placedMs = parseTime(podCondition(pod, 'PodScheduled')?.lastTransitionTime);
  if (startMs === undefined || placedMs === undefined) return Math.max(createdAtMs(pod), lastMs);
  return placedMs + lastMs - startMs;
}

function createdAtMs({ metadata }: Pod): number {
  return parseTime(metadata.creationTimestamp) ?? 0;
}

function describe({ metadata, status = {} }: StoredPod): string {
  const cause = [status.reason, status.message].filter(Boolean).join(': ');
  return `pod "${metadata.name}" failed before it was ready${cause === '' ? '' : ` (${cause})`}`;
}
