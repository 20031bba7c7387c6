/** What happens when an instance has ended: its last words are kept, and those who wait for it or listen are told. */

import { formatDuration } from '../../api/duration.ts';
import { containerAddress } from '../../bus/actor-address.ts';
import type { ContainerInfo } from '../../contract/container-runtime.ts';
import { containerOf, type NodeContext, type PodRecord } from '../node-context.ts';
import { recordTermination, terminationRecord } from '../pod/terminations.ts';
import { callRuntime } from '../runtime-call.ts';
import type { StopOrder } from './container-view.ts';
import { exitCodeOf, exitReason } from './exit-reason.ts';
import { fallbackLogLinesMax, needsLogs, terminationMessage } from './termination-message.ts';

/** Those that people and other programs send; the others a program brings upon itself. */
const sentSignals: ReadonlySet<string> = new Set(['SIGHUP', 'SIGINT', 'SIGKILL', 'SIGQUIT', 'SIGTERM']);

/** Of an end that this agent has not ordered. */
export function foreignCause({ reason, signal }: ContainerInfo): { readonly cause: string } {
  if (reason === 'OOMKilled') return { cause: 'the container ran out of memory' };
  if (reason === 'StoppedExternally') return { cause: 'somebody else stopped the container' };
  if (signal !== undefined && sentSignals.has(signal))
    return { cause: `${signal} came from somebody else than this agent` };
  return { cause: 'the container ended by itself' };
}

/**
 * The instance with the message that its status shows: what it left in its message file, or the end of its log
 * when the policy says so. Reads the log only then.
 */
export async function withLastWords(
  node: NodeContext,
  record: Pick<PodRecord, 'pod'>,
  info: ContainerInfo,
  signal: AbortSignal,
): Promise<ContainerInfo> {
  if (info.state !== 'exited') return info;
  const policy = containerOf(record.pod, info.containerName).terminationMessagePolicy;
  const ending = {
    policy,
    exitCode: exitCodeOf(info),
    ...(info.reason !== undefined && { reason: info.reason }),
    ...(info.message !== undefined && { fileMessage: info.message }),
  };
  if (policy === undefined || policy === 'File') {
    if (info.message === undefined) return info;
    return { ...info, message: terminationMessage(ending) };
  }
  const lines = needsLogs(ending) ? await lastLines(node, record, info, signal) : [];
  return { ...info, message: terminationMessage(ending, lines) };
}

/** As much of them as could be read in time. */
async function lastLines(
  node: NodeContext,
  record: Pick<PodRecord, 'pod'>,
  info: ContainerInfo,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const lines: string[] = [];
  try {
    await callRuntime(node, `reading the log of container ${info.name}`, signal, async (inner) => {
      for await (const line of node.runtime.logs(info.id, { tailLines: fallbackLogLinesMax }, inner))
        lines.push(line.text);
    });
  } catch (err) {
    signal.throwIfAborted();
    const { name: pod } = record.pod.metadata;
    node.logger.warn({ err, pod, container: info.containerName }, 'log not readable');
  }
  return lines;
}

/** Records an end that was seen: event, fact, and the record that is kept with the pod. */
export function noteExit(
  node: NodeContext,
  record: PodRecord,
  info: ContainerInfo,
  { cause, probe: type }: Pick<StopOrder, 'cause' | 'probe'>,
): void {
  const nowMs = node.clock.now();
  const said = type === undefined ? undefined : record.probeAnswers.get(`${info.containerName}/${type}`);
  const probe = type === undefined ? undefined : { type, message: said ?? '' };
  const end = { cause, ...(probe !== undefined && { probe }) };
  record.terminations = recordTermination(record.terminations, terminationRecord(info, end, nowMs));
  const exitCode = exitCodeOf(info);
  const finishedAtMs = info.finishedAtMs ?? nowMs;
  const durationMs = Math.max(0, finishedAtMs - (info.startedAtMs ?? info.createdAtMs));
  const bySignal = info.signal === undefined ? '' : ` (${info.signal})`;
  const ran = formatDuration(Math.floor(durationMs / 1000) * 1000);
  node.recordEvent(record.pod, {
    container: info.containerName,
    type: exitCode === 0 ? 'Normal' : 'Warning',
    reason: 'ContainerExited',
    message: `Container ${info.containerName} exited with code ${exitCode}${bySignal} after ${ran}`,
  });
  node.publishFact(containerAddress(record.pod.metadata.uid, info.containerName), 'exited', {
    namespace: record.pod.metadata.namespace,
    pod: record.pod.metadata.name,
    container: info.containerName,
    containerID: info.id,
    restartCount: info.attempt,
    exitCode,
    ...(info.signal !== undefined && { signal: info.signal }),
    reason: exitReason(info),
    finishedAtMs,
    durationMs,
    cause,
  });
}

/** Nothing of the container runs any more: the sidecars that wait for it may go on. */
export function noteDead(record: PodRecord, container: string): void {
  record.alive.delete(container);
  wakeWaiting(record);
}

export function wakeWaiting(record: PodRecord): void {
  for (const wake of [...record.exitListeners]) wake();
}
