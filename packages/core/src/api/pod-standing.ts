/** What a pod is doing, in one word: the STATUS of `kubectl get pods`. The rules are those of Kubernetes' `printPod`. Pure. */

import { parseTime } from './meta.ts';
import { type Container, type ContainerStatus, isSidecar, type Pod } from './pod.ts';
import { isFinished } from './pod-phase.ts';
import { podCondition } from './pod-readiness.ts';

/** How a pod is, in one word and a few numbers: what `kubectl get pods` makes of its status. */
export interface PodStanding {
  readonly status: string;
  readonly readyContainers: number;
  readonly totalContainers: number;
  readonly restarts: number;
  /** When the container that ended last did so. */
  readonly lastRestartMs: number | undefined;
}

/** The columns STATUS, READY and RESTARTS of `kubectl get pods`, before they are printed. */
export function podStanding(pod: Pod): PodStanding {
  const { status = {} } = pod;
  const init = initStanding(pod);
  const isGated = podCondition(pod, 'PodScheduled')?.reason === 'SchedulingGated';
  const base = status.reason || (isGated ? 'SchedulingGated' : status.phase || 'Pending');
  const isInitialized = init.reason === undefined || podCondition(pod, 'Initialized')?.status === 'True';
  const main = isInitialized ? mainStanding(pod, init.reason ?? base, init) : undefined;
  const counted = main ?? init;
  return {
    status: lastWord(pod, main?.reason ?? init.reason ?? base),
    readyContainers: counted.ready,
    totalContainers: pod.spec.containers.length + sidecarNames(pod).size,
    restarts: counted.restarts,
    lastRestartMs: counted.lastRestartMs,
  };
}

interface Counted {
  readonly reason: string | undefined;
  readonly ready: number;
  readonly restarts: number;
  readonly lastRestartMs: number | undefined;
}

interface InitStanding extends Counted {
  readonly sidecars: { readonly restarts: number; readonly lastRestartMs: number | undefined };
}

function initStanding(pod: Pod): InitStanding {
  const statuses = pod.status?.initContainerStatuses ?? [];
  const sidecars = sidecarNames(pod);
  const visited: ContainerStatus[] = [];
  let reason: string | undefined;
  let ready = 0;
  for (const [i, status] of statuses.entries()) {
    visited.push(status);
    if (status.state?.terminated?.exitCode === 0) continue;
    if (sidecars.has(status.name) && status.started === true) {
      ready += status.ready ? 1 : 0;
      continue;
    }
    reason = initReason(status, i, pod.spec.initContainers ?? []);
    break;
  }
  const own = visited.filter(({ name }) => sidecars.has(name));
  return { reason, ready, ...restartsOf(visited), sidecars: restartsOf(own) };
}

function initReason({ state }: ContainerStatus, i: number, containers: readonly Container[]): string {
  const { terminated, waiting } = state ?? {};
  if (terminated !== undefined) {
    if (terminated.reason) return `Init:${terminated.reason}`;
    return terminated.signal ? `Init:Signal:${terminated.signal}` : `Init:ExitCode:${terminated.exitCode}`;
  }
  if (waiting?.reason && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`;
  return `Init:${i}/${containers.length}`;
}

function mainStanding(pod: Pod, base: string, init: InitStanding): Counted {
  const statuses = pod.status?.containerStatuses ?? [];
  let reason = base;
  let ready = init.ready;
  let isRunning = false;
  // From the last to the first, so that the first one has the last word.
  for (const { state, ready: isReady } of statuses.toReversed()) {
    const { waiting, terminated, running } = state ?? {};
    if (waiting?.reason) reason = waiting.reason;
    else if (terminated !== undefined) {
      reason =
        terminated.reason ||
        (terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`);
    } else if (isReady && running !== undefined) {
      isRunning = true;
      ready += 1;
    }
  }
  if (reason === 'Completed' && isRunning)
    reason = podCondition(pod, 'Ready')?.status === 'True' ? 'Running' : 'NotReady';
  const own = restartsOf(statuses);
  const { restarts, lastRestartMs } = init.sidecars;
  return {
    reason,
    ready,
    restarts: own.restarts + restarts,
    lastRestartMs: latest(own.lastRestartMs, lastRestartMs),
  };
}

function restartsOf(statuses: readonly ContainerStatus[]) {
  let restarts = 0;
  let lastRestartMs: number | undefined;
  for (const { restartCount, lastState } of statuses) {
    restarts += restartCount ?? 0;
    lastRestartMs = latest(lastRestartMs, parseTime(lastState?.terminated?.finishedAt));
  }
  return { restarts, lastRestartMs };
}

function latest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.max(a, b);
}

function lastWord(pod: Pod, word: string): string {
  if (pod.metadata.deletionTimestamp === undefined) return word;
  if (pod.status?.reason === 'NodeLost') return 'Unknown';
  return isFinished(pod) ? word : 'Terminating';
}

function sidecarNames({ spec }: Pod): ReadonlySet<string> {
  return new Set((spec.initContainers ?? []).filter(isSidecar).map(({ name }) => name));
}
