/** Why a pod is as it is: what is known of its containers, their ends, and what comes next. Pure. */

import {
  type ContainerState,
  type ContainerStatus,
  pauseOf,
  podRow,
  type StoredPod,
  type TerminationRecord,
} from '@mooring/core';
import type { PodNews } from './pod-news.ts';

export interface Explanation {
  readonly namespace: string;
  readonly pod: string;
  readonly node: string;
  /** In the words of `kubectl get pods`. */
  readonly status: string;
  readonly restarts: number;
  /** Why the pod as a whole ended or does not begin. */
  readonly message?: string;
  /** Who holds it up, and why. */
  readonly paused?: string;
  readonly containers: readonly ContainerExplanation[];
  /** What was wrong lately; newest last. */
  readonly news?: readonly PodNews[];
  /** Why none can be told. */
  readonly newsProblem?: string;
}

export interface ContainerExplanation {
  readonly name: string;
  /** `running`, `waiting`, `terminated`. */
  readonly state: string;
  readonly reason?: string;
  readonly message?: string;
  /** When it is tried again, as far as that can be known. */
  readonly nextTryAt?: string;
  /** Newest first. */
  readonly terminations: readonly TerminationRecord[];
  /** What the instance that died last wrote last. */
  readonly lastLines?: readonly string[];
  /** Why there are none. */
  readonly lastLinesProblem?: string;
}

export function explainPod(pod: StoredPod, nowMs: number): Explanation {
  const { metadata, spec, status = {} } = pod;
  const row = podRow(pod, nowMs);
  const paused = pauseOf(pod);
  const statuses = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const scheduled = status.conditions?.find(({ type }) => type === 'PodScheduled');
  const message = status.message ?? (scheduled?.status === 'False' ? scheduled.message : undefined);
  return {
    namespace: metadata.namespace,
    pod: metadata.name,
    node: spec.nodeName ?? '',
    status: row.status,
    restarts: statuses.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0),
    ...(message !== undefined && { message }),
    ...(paused !== undefined && { paused }),
    containers: statuses.map((one) => explainContainer(one, pod)),
  };
}

function explainContainer(one: ContainerStatus, { status = {} }: StoredPod): ContainerExplanation {
  const { name, state = {} } = one;
  const kind = state.running ? 'running' : state.terminated ? 'terminated' : 'waiting';
  const { reason, message } = state.waiting ?? state.terminated ?? {};
  const nextTryMs = nextTryOf(one);
  const kept = (status.terminations ?? []).filter(({ container }) => container === name);
  return {
    name,
    state: kind,
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
    ...(nextTryMs !== undefined && { nextTryAt: new Date(nextTryMs).toISOString() }),
    terminations: kept.length > 0 ? kept : endsInStatus(one),
  };
}

/** The wait of a crash loop counts from the last end. */
export function nextTryOf({
  state,
  lastState,
}: Pick<ContainerStatus, 'state' | 'lastState'>): number | undefined {
  const { reason, message = '' } = state?.waiting ?? {};
  if (reason !== 'CrashLoopBackOff') return undefined;
  const waitMs = durationMs(/^back-off (\S+) /.exec(message)?.[1] ?? '');
  const endedMs = Date.parse(lastState?.terminated?.finishedAt ?? '');
  return waitMs === undefined || Number.isNaN(endedMs) ? undefined : endedMs + waitMs;
}

/** `1m20s` */
function durationMs(text: string): number | undefined {
  const [whole, hours = '0', minutes = '0', seconds = '0'] =
    /^(?:(\d+)h)?(?:(\d+)m)?(?:([\d.]+)s)?$/.exec(text) ?? [];
  if (whole === undefined || whole === '') return undefined;
  return (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
}

/** Of a kubelet that keeps no record. */
function endsInStatus({
  name,
  state,
  lastState,
  restartCount = 0,
}: ContainerStatus): readonly TerminationRecord[] {
  const now = recordOf(name, state?.terminated, restartCount);
  // While it waits, the newest instance is the one that ended last.
  const isOver = state?.terminated === undefined && state?.running === undefined;
  return [...now, ...recordOf(name, lastState?.terminated, isOver ? restartCount : restartCount - 1)];
}

function recordOf(
  container: string,
  end: ContainerState['terminated'],
  restartCount: number,
): readonly TerminationRecord[] {
  if (end === undefined) return [];
  const { exitCode, signal, reason = 'Error', message, startedAt, finishedAt = '' } = end;
  return [
    {
      ...{ container, restartCount, exitCode, reason, cause: '', finishedAt },
      ...(signal !== undefined && { signal: `signal ${signal}` }),
      ...(message !== undefined && { message }),
      ...(startedAt !== undefined && { startedAt }),
    },
  ];
}
