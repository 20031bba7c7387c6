/** The phase of a pod, derived from its spec and the statuses of its containers. */

import {
  type Container,
  type ContainerStatus,
  isSidecar,
  type PodPhase,
  type PodSpec,
  type PodStatus,
} from '../../api/pod.ts';
import { resetReason } from '../container/restart-rules.ts';
import { restartsAfterExit } from '../container/should-restart.ts';

/** Statuses of containers by name. */
export type StatusByName = ReadonlyMap<string, ContainerStatus>;

export function statusesByName(
  status: Pick<PodStatus, 'initContainerStatuses' | 'containerStatuses' | 'ephemeralContainerStatuses'>,
): StatusByName {
  const byName = new Map<string, ContainerStatus>();
  for (const one of status.initContainerStatuses ?? []) byName.set(one.name, one);
  for (const one of status.containerStatuses ?? []) byName.set(one.name, one);
  for (const one of status.ephemeralContainerStatuses ?? []) byName.set(one.name, one);
  return byName;
}

/** Some app container runs or has ended: whatever init containers do now, the pod was initialized. */
export function hasStartedApp(spec: PodSpec, statuses: StatusByName): boolean {
  return spec.containers.some(({ name }) => {
    const state = statuses.get(name)?.state;
    return state?.running !== undefined || state?.terminated !== undefined;
  });
}

/** `podIsTerminal`: the agent has finished with the pod; nothing runs any more and nothing will. */
export function podPhase(spec: PodSpec, statuses: StatusByName, podIsTerminal: boolean): PodPhase {
  const inits = countPlainInits(spec, statuses);
  if (inits.failedForGood > 0) return 'Failed';
  const count = { running: 0, waiting: 0, unknown: 0, pendingSidecars: 0 };
  countSidecars(spec, statuses, count);
  const stopped = countApps(spec, statuses, count);
  const isInitializing = count.pendingSidecars > 0 && !hasStartedApp(spec, statuses);
  if (inits.pending > 0 || isInitializing || count.waiting > 0) return 'Pending';
  if (count.unknown > 0) return 'Pending';
  if (count.running > 0) return 'Running';
  if (stopped.total === 0) return 'Pending';
  if (!podIsTerminal && stopped.restarting > 0) return 'Running';
  return stopped.total === stopped.succeeded ? 'Succeeded' : 'Failed';
}

interface Count {
  running: number;
  /** Has never run, for want of an image, say. */
  waiting: number;
  /** There is no status at all. */
  unknown: number;
  /** Sidecars that have not started. */
  pendingSidecars: number;
}

function countPlainInits(spec: PodSpec, statuses: StatusByName): { pending: number; failedForGood: number } {
  const count = { pending: 0, failedForGood: 0 };
  for (const container of spec.initContainers ?? []) {
    if (isSidecar(container)) continue;
    const status = statuses.get(container.name);
    const exitCode = lastExitCode(status);
    if (exitCode === undefined || startsOver(status)) count.pending += 1;
    else if (exitCode !== 0 && !restartsAfterExit(spec, container, exitCode)) count.failedForGood += 1;
  }
  return count;
}

/** A sidecar that has ended, or waits to run again, has no say in the phase. */
function countSidecars(spec: PodSpec, statuses: StatusByName, count: Count): void {
  for (const container of spec.initContainers ?? []) {
    if (!isSidecar(container)) continue;
    const status = statuses.get(container.name);
    if (status === undefined) count.unknown += 1;
    else if (status.state?.running !== undefined) {
      count.running += 1;
      if (status.started !== true) count.pendingSidecars += 1;
    } else if (lastExitCode(status) === undefined) {
      count.waiting += 1;
      count.pendingSidecars += 1;
    }
  }
}

interface Stopped {
  total: number;
  succeeded: number;
  /** By rule or policy they run again. */
  restarting: number;
}

function countApps(spec: PodSpec, statuses: StatusByName, count: Count): Stopped {
  const stopped = { total: 0, succeeded: 0, restarting: 0 };
  for (const container of spec.containers) {
    const status = statuses.get(container.name);
    if (status === undefined) count.unknown += 1;
    else if (status.state?.running !== undefined) count.running += 1;
    else countStopped(spec, container, status, count, stopped);
  }
  return stopped;
}

function countStopped(
  spec: PodSpec,
  container: Container,
  status: ContainerStatus,
  count: Count,
  stopped: Stopped,
): void {
  const exitCode = lastExitCode(status);
  if (exitCode === undefined) {
    count.waiting += 1;
    return;
  }
  stopped.total += 1;
  if (status.state?.terminated?.exitCode === 0) stopped.succeeded += 1;
  if (startsOver(status) || restartsAfterExit(spec, container, exitCode)) stopped.restarting += 1;
}

/** Removed by `RestartAllContainers`, it starts again whatever its policy. */
function startsOver(status: ContainerStatus | undefined): boolean {
  return status?.state?.terminated === undefined && status?.lastState?.terminated?.reason === resetReason;
}

/** How a container that does not run ended: waiting with a previous end is a restart, waiting without one a first start. */
function lastExitCode(status: ContainerStatus | undefined): number | undefined {
  if (status === undefined || status.state?.running !== undefined) return undefined;
  const ended = status.state?.terminated ?? status.lastState?.terminated;
  return ended?.exitCode;
}
