/** The last words about a pod: what is published once nothing of it runs any more. */

import { type ContainerStatus, isSidecar, type Pod, type PodPhase, type PodStatus } from '../../api/pod.ts';
import { isTerminalPhase } from '../../api/pod-phase.ts';
import { unlocated } from '../container/exit-reason.ts';
import { podConditions } from './conditions.ts';
import { hasStartedApp, podPhase, type StatusByName, statusesByName } from './phase.ts';
import { statusEquals } from './status-equals.ts';

/**
 * Every container gets an end. One whose end nobody saw counts as failed, because nobody knows that it succeeded;
 * containers whose turn never came are left as they are. The phase becomes final: a pod that never ran has failed.
 * The same status (`===`) when it says all this already.
 */
export function terminateStatus(pod: Pod, status: PodStatus, nowMs: number): PodStatus {
  const { initContainerStatuses: inits, containerStatuses: apps, ephemeralContainerStatuses: added } = status;
  const begun = begunCount(inits ?? []);
  const ends: Pick<PodStatus, 'initContainerStatuses' | 'containerStatuses' | 'ephemeralContainerStatuses'> =
    {
      ...(inits && { initContainerStatuses: inits.map((one, i) => (i < begun ? ended(one) : one)) }),
      ...(apps && { containerStatuses: wasInitialized(pod, status) ? apps.map(ended) : apps }),
      ...(added && {
        ephemeralContainerStatuses: added.map((one) => (one.state?.running === undefined ? one : ended(one))),
      }),
    };
  const statuses = statusesByName(ends);
  const phase = finalPhase(pod, status, statuses);
  const conditions = podConditions({
    spec: pod.spec,
    statuses,
    phase,
    hasSandbox: false,
    restartingAll: false,
    previous: status.conditions ?? [],
    published: pod.status?.conditions ?? [],
    generation: pod.metadata.generation,
    nowMs,
  });
  const next: PodStatus = { ...status, ...ends, phase, conditions };
  return statusEquals(status, next) ? status : next;
}

function ended(status: ContainerStatus): ContainerStatus {
  if (status.state?.terminated !== undefined) return status;
  const { started } = status;
  const end = { state: { terminated: unlocated }, ready: false };
  return { ...status, ...end, ...(started !== undefined && { started: false }) };
}

/** Init containers up to the last that shows a sign of having been started; the first in any case. */
function begunCount(inits: readonly ContainerStatus[]): number {
  const last = inits.findLastIndex(
    ({ state, lastState }) =>
      state?.running !== undefined || state?.terminated !== undefined || lastState?.terminated !== undefined,
  );
  return Math.max(1, last + 1);
}

/** Did the app containers ever have their turn? */
function wasInitialized({ spec }: Pod, status: PodStatus): boolean {
  const lastInit = spec.initContainers?.at(-1);
  if (lastInit === undefined) return true;
  const statuses = statusesByName(status);
  const hasRun = (status.containerStatuses ?? []).some(
    ({ lastState }) => lastState?.terminated !== undefined,
  );
  if (hasRun || hasStartedApp(spec, statuses)) return true;
  const last = statuses.get(lastInit.name);
  if (isSidecar(lastInit)) return last?.started === true;
  return last?.state?.terminated?.exitCode === 0 || last?.lastState?.terminated?.exitCode === 0;
}

function finalPhase(pod: Pod, status: PodStatus, statuses: StatusByName): PodPhase {
  if (status.phase !== undefined && isTerminalPhase(status.phase)) return status.phase;
  const derived = podPhase(pod.spec, statuses, true);
  return isTerminalPhase(derived) ? derived : 'Failed';
}
