/** The record of how containers ended, kept with the pod: `lastState` shows one end only, these show the last few. */

import { formatTime } from '../../api/meta.ts';
import type { TerminationRecord } from '../../api/pod.ts';
import type { ContainerInfo } from '../../contract/container-runtime.ts';
import { exitCodeOf, exitReason } from '../container/exit-reason.ts';

/** For each container. */
const terminationsKept = 5;

/** What made an instance end. */
export interface EndCause {
  readonly cause: string;
  readonly probe?: TerminationRecord['probe'];
}

/** The record of an instance that has ended. */
export function terminationRecord(
  info: ContainerInfo,
  { cause, probe }: EndCause,
  nowMs: number,
): TerminationRecord {
  return {
    container: info.containerName,
    restartCount: info.attempt,
    exitCode: exitCodeOf(info),
    ...(info.signal !== undefined && { signal: info.signal }),
    reason: exitReason(info),
    ...(info.message !== undefined && info.message !== '' && { message: info.message }),
    cause,
    ...(probe !== undefined && { probe }),
    ...(info.startedAtMs !== undefined && { startedAt: formatTime(info.startedAtMs) }),
    finishedAt: formatTime(info.finishedAtMs ?? nowMs),
  };
}

/**
 * The list, newest first, with one more end. The same end told again changes nothing: its first record stands, because
 * an agent that adopts a dead container no longer knows what made it end.
 */
export function recordTermination(
  list: readonly TerminationRecord[],
  record: TerminationRecord,
  kept = terminationsKept,
): readonly TerminationRecord[] {
  const ofContainer = list.filter(({ container }) => container === record.container);
  if (ofContainer.some(({ restartCount }) => restartCount === record.restartCount)) return list;
  const dropped = new Set(ofContainer.slice(Math.max(0, kept - 1)));
  return [record, ...list.filter((old) => !dropped.has(old))];
}
