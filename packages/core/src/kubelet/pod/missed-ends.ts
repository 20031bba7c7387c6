import { allContainers } from '../../api/pod-containers.ts';
import { noteExit } from '../container/container-exit.ts';
import type { NodeContext, PodRecord } from '../node-context.ts';
import { newestOf, type PodObservation } from './observation.ts';
import { statusesByName } from './phase.ts';

const cause = 'unknown: it ended while nobody looked';

/** Tells of the instances that ended while there was no actor to hear of it: no status and no record shows their end. */
export function noteMissedEnds(node: NodeContext, record: PodRecord, found: PodObservation): void {
  const statuses = statusesByName(record.status ?? record.pod.status ?? {});
  for (const { name } of allContainers(record.pod)) {
    const newest = newestOf(found, name);
    if (newest?.state !== 'exited') continue;
    const status = statuses.get(name);
    const shown = [status?.state?.terminated, status?.lastState?.terminated];
    const isShown = shown.some((end) => end?.containerID?.endsWith(`://${newest.id}`));
    const isRecorded = record.terminations.some(
      ({ container, restartCount }) => container === name && restartCount === newest.attempt,
    );
    if (!isShown && !isRecorded) noteExit(node, record, newest, { cause });
  }
}
