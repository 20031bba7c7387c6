/** Pods in the columns of `kubectl get pods`: NAME READY STATUS RESTARTS AGE. What they say is what kubectl's printer says. */

import type { ContainerState, ContainerStatus, PodStatus, StoredPod } from '@mooring/core';

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

const columns = ['name', 'ready', 'status', 'restarts', 'age'] as const;

/** The lines of a table: a heading, then a line for each pod. */
export function formatTable(rows: readonly PodRow[]): readonly string[] {
  const cells = [columns.map((column) => column.toUpperCase()), ...rows.map(cellsOf)];
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => line[i]?.length ?? 0)));
  return cells.map((line) =>
    line
      .map((cell, i) => cell.padEnd((widths[i] ?? 0) + 3))
      .join('')
      .trimEnd(),
  );
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

/** kubectl's short form of a duration: `45s`, `3m20s`, `2h`, `9d`. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (Number.isNaN(ms)) return '<unknown>';
  // Clocks of two machines may differ a little.
  if (seconds < -1) return '<invalid>';
  if (seconds < 120) return `${Math.max(0, seconds)}s`;
  const [minutes, hours] = [Math.floor(seconds / 60), Math.floor(seconds / 3600)];
  if (minutes < 10) return twoUnits(minutes, 'm', seconds % 60, 's');
  if (hours < 3) return `${minutes}m`;
  if (hours < 8) return twoUnits(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (days < 8) return twoUnits(days, 'd', hours % 24, 'h');
  if (days < 730) return `${days}d`;
  const years = Math.floor(days / 365);
  return years < 8 ? twoUnits(years, 'y', days % 365, 'd') : `${years}y`;
}

function twoUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}

function cellsOf(row: PodRow): readonly string[] {
  return columns.map((column) => row[column]);
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
