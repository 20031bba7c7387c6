/** Instances that were published and of which the runtime knows nothing any more: the store remembers that they ran. */

import { parseTime } from '../../api/meta.ts';
import type {
  Container,
  ContainerStateTerminated,
  ContainerStatus,
  PodStatus,
  StoredPod,
} from '../../api/pod.ts';
import { allContainers, roleOf } from '../../api/pod-containers.ts';
import type { ContainerInfo } from '../../contract/container-runtime.ts';
import { vanished } from '../container/container-view.ts';
import { resetReason } from '../container/restart-rules.ts';
import { restartsAfterExit } from '../container/should-restart.ts';
import type { PodObservation } from './observation.ts';
import { statusesByName } from './phase.ts';

/**
 * What an agent that starts has to add to what it found. Without it a container that is never restarted would run a second
 * time, and the count of restarts would go back to that of an older instance. Each of them has ended: as it was
 * published, or else without a trace.
 */
export function lostInstances(
  pod: StoredPod,
  status: PodStatus | undefined,
  found: PodObservation,
  nowMs: number,
): readonly ContainerInfo[] {
  if (status === undefined) return [];
  const statuses = statusesByName(status);
  return allContainers(pod).flatMap((container) => {
    const published = statuses.get(container.name);
    const last = published && lastInstance(pod, container, published);
    if (published === undefined || last === undefined) return [];
    const known = found.containers.filter(({ containerName }) => containerName === container.name);
    const attempt = published.restartCount ?? 0;
    if (known.some((info) => info.id === last.id || info.attempt >= attempt)) return [];
    const createdAtMs = Math.max(last.startedAtMs ?? 0, ...known.map((info) => info.createdAtMs));
    const { uid } = pod.metadata;
    const { image = container.image, imageID = '' } = published;
    const info: ContainerInfo = {
      id: last.id,
      name: `k_${container.name}_${uid}_${attempt}`,
      podUID: uid,
      containerName: container.name,
      attempt,
      labels: {},
      image,
      imageRef: imageID,
      sandboxID: found.sandboxes[0]?.id ?? '',
      state: 'running',
      createdAtMs,
      ...(last.startedAtMs !== undefined && { startedAtMs: last.startedAtMs }),
    };
    return [last.end === undefined ? vanished(info, nowMs) : ended(info, last.end)];
  });
}

interface LastInstance {
  readonly id: string;
  readonly startedAtMs: number | undefined;
  /** `undefined`: it was running. */
  readonly end: ContainerStateTerminated | undefined;
}

function lastInstance(
  pod: StoredPod,
  container: Container,
  { state = {}, lastState, containerID }: ContainerStatus,
): LastInstance | undefined {
  if (state.running !== undefined) return instance(containerID, state.running.startedAt, undefined);
  // The remains of a plain init container go on purpose, when it has to run again.
  if (roleOf(pod, container) === 'init') return undefined;
  const end = state.terminated ?? lastState?.terminated;
  if (end === undefined || end.reason === resetReason) return undefined;
  // It waited to start over although it need not by its exit code: its remains were removed for that.
  if (state.waiting !== undefined && !restartsAfterExit(pod.spec, container, end.exitCode)) return undefined;
  return instance(end.containerID, end.startedAt, end);
}

function instance(
  containerID: string | undefined,
  startedAt: string | null | undefined,
  end: ContainerStateTerminated | undefined,
): LastInstance | undefined {
  const id = containerID?.split('://')[1];
  return id === undefined ? undefined : { id, startedAtMs: parseTime(startedAt), end };
}

function ended(info: ContainerInfo, end: ContainerStateTerminated): ContainerInfo {
  const finishedAtMs = parseTime(end.finishedAt);
  return {
    ...info,
    state: 'exited',
    exitCode: end.exitCode,
    ...(end.reason !== undefined && { reason: end.reason }),
    ...(end.message !== undefined && { message: end.message }),
    ...(finishedAtMs !== undefined && { finishedAtMs }),
  };
}
