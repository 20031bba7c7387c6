/** Which instance of a container is meant, of those that the runtime has. */

import type { ContainerStatus, StoredPod } from '../../api/pod.ts';
import { allContainers } from '../../api/pod-containers.ts';
import { isTerminalPhase } from '../../api/pod-phase.ts';
import type { ContainerInfo, ContainerRuntime } from '../../contract/container-runtime.ts';
import { MooringError } from '../../contract/error.ts';
import { containerNameLabel, podUIDLabel } from '../container/labels.ts';
import { newestFirst } from '../pod/observation.ts';
import { statusesByName } from '../pod/phase.ts';

export interface WantedInstance {
  readonly container: string;
  /** The last one that has ended, of a container that runs or is to run again; of one that is done, the one before. */
  readonly previous?: boolean;
}

/** Rejects with `NOT_FOUND` for a container that the pod has not, or of which there is no such instance. */
export async function findInstance(
  runtime: Pick<ContainerRuntime, 'listContainers'>,
  pod: StoredPod,
  { container, previous = false }: WantedInstance,
  signal: AbortSignal,
): Promise<ContainerInfo> {
  const names = allContainers(pod).map(({ name }) => name);
  const { name: podName, uid } = pod.metadata;
  if (!names.includes(container))
    throw new MooringError(
      'NOT_FOUND',
      `container ${container} is not valid for pod ${podName}: it has ${names.join(', ')}`,
    );
  const labels = { [podUIDLabel]: uid, [containerNameLabel]: container };
  const instances = [...(await runtime.listContainers(labels, signal))].sort(newestFirst);
  const status = statusOf(pod, container);
  const begun = instances.filter(({ state }) => state !== 'created');
  const found = previous ? previousOf(begun, status) : begun[0];
  if (found !== undefined) return found;
  const what = `container ${JSON.stringify(container)} in pod ${JSON.stringify(podName)}`;
  if (previous) throw new MooringError('NOT_FOUND', `previous terminated ${what} not found`);
  // That of a pod that was refused: it never will be.
  const isNever = status === undefined && isTerminalPhase(pod.status?.phase);
  const missing = isNever ? 'is not available' : `is waiting to start: ${waitsFor(status)}`;
  throw new MooringError('NOT_FOUND', `${what} ${missing}`);
}

/** One that is to be started again has ended: it is the previous one already. */
function previousOf(
  begun: readonly ContainerInfo[],
  status: ContainerStatus | undefined,
): ContainerInfo | undefined {
  const [newest, before] = begun;
  return newest?.state === 'exited' && status?.state?.waiting !== undefined ? newest : before;
}

function waitsFor(status: ContainerStatus | undefined): string {
  const reason = status?.state?.waiting?.reason ?? 'ContainerCreating';
  if (reason === 'ErrImagePull') return "image can't be pulled";
  return reason === 'ImagePullBackOff' ? 'trying and failing to pull image' : reason;
}

function statusOf({ status }: StoredPod, container: string): ContainerStatus | undefined {
  return status && statusesByName(status).get(container);
}
