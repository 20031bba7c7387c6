/** How the end of an instance reads in the API. */

import { formatTime } from '../../api/meta.ts';
import type { ContainerStateTerminated } from '../../api/pod.ts';
import type { ContainerInfo } from '../../contract/container-runtime.ts';

/** A runtime that lost the exit code: neither a success nor a signal, as containerd reports it. */
const unknownExitCode = 255;

/** The end of a container that nobody saw and nobody can ask about any more. */
export const unlocated = {
  exitCode: 137,
  reason: 'ContainerStatusUnknown',
  message: 'The container could not be located when the pod was terminated',
} as const satisfies ContainerStateTerminated;

/** The exit code of an instance that ended; 255 when the runtime lost it. */
export function exitCodeOf(info: ContainerInfo): number {
  return info.exitCode ?? unknownExitCode;
}

/**
 * The runtime's own word (`OOMKilled`, `StartError`...) wins: whether memory ran out cannot be told from the code.
 * Without one it is `Completed` or `Error`, and `Unknown` for an end nobody saw.
 */
export function exitReason(info: ContainerInfo): string {
  if (info.reason !== undefined && info.reason !== '') return info.reason;
  if (info.exitCode === undefined) return 'Unknown';
  return info.exitCode === 0 ? 'Completed' : 'Error';
}

/** `containerID`: as the API shows it, `<runtime>://<id>`. The kubelet never fills `signal`, so neither is it here. */
export function terminatedState(info: ContainerInfo, containerID: string): ContainerStateTerminated {
  return {
    exitCode: exitCodeOf(info),
    reason: exitReason(info),
    ...(info.message !== undefined && info.message !== '' && { message: info.message }),
    ...(info.startedAtMs !== undefined && { startedAt: formatTime(info.startedAtMs) }),
    ...(info.finishedAtMs !== undefined && { finishedAt: formatTime(info.finishedAtMs) }),
    containerID,
  };
}

/** Has this instance of a plain init container failed? An OOM kill counts whatever the exit code. */
export function isInitFailure(info: ContainerInfo): boolean {
  if (info.state === 'unknown') return true;
  return info.state === 'exited' && (exitCodeOf(info) !== 0 || info.reason === 'OOMKilled');
}
