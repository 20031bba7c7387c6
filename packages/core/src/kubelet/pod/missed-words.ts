/** The last words of containers that ended while no agent ran: read before their pods are taken up, and so restarted. */

import type { StoredPod } from '../../api/pod.ts';
import { allContainers } from '../../api/pod-containers.ts';
import type { ContainerInfo } from '../../contract/container-runtime.ts';
import { errorMessage } from '../../contract/error.ts';
import { withDeadline } from '../../engine/deadline.ts';
import { withLastWords } from '../container/container-exit.ts';
import type { NodeContext } from '../node-context.ts';
import { statusesByName } from './phase.ts';

/** A runtime whose logs cannot be read keeps no pod waiting for longer. */
const readMsMax = 5000;

/** `note` gets each instance that has some. Rejects only with `signal.reason`. */
export async function missedWords(
  node: NodeContext,
  pods: readonly StoredPod[],
  observed: (podUID: string) => readonly ContainerInfo[],
  note: (info: ContainerInfo) => void,
  signal: AbortSignal,
): Promise<void> {
  const mute = pods.flatMap((pod) =>
    observed(pod.metadata.uid)
      .filter((info) => isMute(pod, info))
      .map((info) => ({ pod, info })),
  );
  if (mute.length === 0) return;
  const read = async (inner: AbortSignal) => {
    await Promise.all(
      mute.map(async ({ pod, info }) => note(await withLastWords(node, { pod }, info, inner))),
    );
  };
  try {
    await withDeadline(node.clock, readMsMax, signal, 'reading the last words of containers', read);
  } catch (error) {
    signal.throwIfAborted();
    node.logger.warn({ why: errorMessage(error) }, 'last words of containers not read');
  }
}

/** It ended, its log may say why, and no status tells of it. */
function isMute(pod: StoredPod, { id, state, containerName }: ContainerInfo): boolean {
  if (state !== 'exited') return false;
  const container = allContainers(pod).find(({ name }) => name === containerName);
  if (container?.terminationMessagePolicy !== 'FallbackToLogsOnError') return false;
  const status = statusesByName(pod.status ?? {}).get(containerName);
  const ends = [status?.state?.terminated, status?.lastState?.terminated];
  return !ends.some((end) => end?.containerID?.endsWith(`://${id}`));
}
