/** What `kubectl get pods` says of a pod: NAME READY STATUS RESTARTS AGE, in the words of its printer. */

import { humanDuration } from './human-duration.ts';
import type { ContainerState, ContainerStatus, PodStatus, StoredPod } from './pod.ts';

export interface PodRow {
  readonly name: string;
  /** `1/2` */
  readonly ready: string;
  /** `Running`, `CrashLoopBackOff`, `Init:0/1`, `Terminating` ... */
  readonly status: string;
  /** `3 (12s ago)` */
  readonly restarts: string;
  readonly age: string;
}

export function podRow(pod: StoredPod, nowMs: number): PodRow {
  const { metadata, spec, status = {} } = pod;
  const sidecars = new Set(
    (spec.initContainers ?? []).filter((one) => one.restartPolicy === 'Always').map((one) => one.name),
  );
  const init = initProgress(pod, sidecars);
  const isInitialized = init.reason === undefined || hasCondition(status, 'Initialized');
  const running = init.passed.filter(({ name }) => sidecars.has(name));
  const containers = isInitialized ? (status.containerStatuses ?? []) : [];
  const ready = [...running, ...containers].filter((one) => one.ready === true && one.state?.running);
  const counted = isInitialized ? [...running, ...containers] : init.passed;
  const total = spec.containers.length + sidecars.size;
  return {
    name: metadata.name,
    ready: `${ready.length}/${total}`,
    status: statusText(pod, isInitialized ? containersReason(status, containers) : init.reason),
    restarts: restartsText(counted, nowMs),
    age: humanDuration(nowMs - Date.parse(metadata.creationTimestamp)),
  };
}

/** Init containers up to the one that the pod waits for, and what it waits for. */
function initProgress(pod: StoredPod, sidecars: ReadonlySet<string>) {
  const passed: ContainerStatus[] = [];
  for (const [i, one] of (pod.status?.initContainerStatuses ?? []).entries()) {
    passed.push(one);
    const { terminated, waiting } = one.state ?? {};
    if (terminated?.exitCode === 0 || (sidecars.has(one.name) && one.started === true)) continue;
    if (terminated !== undefined) return { passed, reason: `Init:${terminatedReason(terminated)}` };
    const isNamed = waiting?.reason && waiting.reason !== 'PodInitializing';
    const progress = `${i}/${pod.spec.initContainers?.length ?? 0}`;
    return { passed, reason: `Init:${isNamed ? waiting.reason : progress}` };
  }
  return { passed, reason: undefined };
}

/** What the first container that is not simply running says. */
function containersReason(status: PodStatus, containers: readonly ContainerStatus[]): string | undefined {
  const reasons = containers.map(
    ({ state }) => state?.waiting?.reason || (state?.terminated && terminatedReason(state.terminated)),
  );
  const reason = reasons.find((one) => one);
  const isAnyRunning = containers.some(({ ready, state }) => ready === true && state?.running);
  if (reason !== 'Completed' || !isAnyRunning) return reason;
  return hasCondition(status, 'Ready') ? 'Running' : 'NotReady';
}

function terminatedReason({ reason, signal, exitCode }: NonNullable<ContainerState['terminated']>): string {
  if (reason) return reason;
  return signal ? `Signal:${signal}` : `ExitCode:${exitCode}`;
}

function statusText({ metadata, status = {} }: StoredPod, containersSay: string | undefined): string {
  const isOver = status.phase === 'Succeeded' || status.phase === 'Failed';
  if (metadata.deletionTimestamp !== undefined && !isOver)
    return status.reason === 'NodeLost' ? 'Unknown' : 'Terminating';
  return containersSay ?? (status.reason || status.phase || 'Pending');
}

function restartsText(containers: readonly ContainerStatus[], nowMs: number): string {
  const count = containers.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
  const ends = containers.map(({ lastState }) => Date.parse(lastState?.terminated?.finishedAt ?? ''));
  const lastMs = Math.max(...ends.filter((end) => !Number.isNaN(end)));
  return count === 0 || lastMs === Number.NEGATIVE_INFINITY
    ? String(count)
    : `${count} (${humanDuration(nowMs - lastMs)} ago)`;
}

function hasCondition({ conditions = [] }: PodStatus, type: string): boolean {
  return conditions.some((one) => one.type === type && one.status === 'True');
}
