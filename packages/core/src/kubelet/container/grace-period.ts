/** How long a container may take to end. Seconds come in from the API; all else is milliseconds. */

import type { Container, Pod } from '../../api/pod.ts';

/** Why one container is killed while its pod lives on. */
export type KillCause = 'definition-changed' | 'liveness' | 'startup' | 'unknown-state';

/** What the runtime is told at least: even a grace period of zero leaves the process this long after the stop signal. */
export const stopGraceMinMs = 2000;
/** Of a whole pod. */
const podGraceMinMs = 1000;

/**
 * Of a pod that is stopped: what its deletion says, else what its spec says, unless `overrideMs` (an eviction) is
 * shorter. It only ever shrinks below `currentMs`, the one in force.
 */
export function podGraceMs(
  pod: Pod,
  options: { readonly overrideMs?: number; readonly currentMs?: number } = {},
): number {
  const { overrideMs = Number.POSITIVE_INFINITY, currentMs = Number.POSITIVE_INFINITY } = options;
  const ownMs = deletionGraceMs(pod) ?? specGraceMs(pod);
  return Math.max(podGraceMinMs, Math.min(ownMs, overrideMs, currentMs));
}

/**
 * Of one container: the pod's deletion, else the probe that failed, else the pod's spec; `overrideMs` replaces them all.
 * `cause`: why it is killed alone; `undefined` when its pod is stopped.
 */
export function containerGraceMs(
  pod: Pod,
  container: Container,
  options: { readonly cause?: KillCause | undefined; readonly overrideMs?: number | undefined } = {},
): number {
  if (options.overrideMs !== undefined) return Math.max(0, options.overrideMs);
  return deletionGraceMs(pod) ?? probeGraceMs(container, options.cause) ?? specGraceMs(pod);
}

/** The preStop hook is left out only when there is no time at all. */
export function runsPreStop(container: Container, graceMs: number): boolean {
  return container.lifecycle?.preStop !== undefined && graceMs > 0;
}

/** What is left after a hook or a wait took `elapsedMs`; the kubelet counts whole seconds only. */
export function graceAfterMs(graceMs: number, elapsedMs: number): number {
  return Math.max(0, graceMs - Math.floor(elapsedMs / 1000) * 1000);
}

/** What the runtime is told in the end. */
export function stopGraceMs(graceLeftMs: number): number {
  return Math.max(stopGraceMinMs, graceLeftMs);
}

function deletionGraceMs({ metadata }: Pod): number | undefined {
  const seconds = metadata.deletionGracePeriodSeconds;
  return metadata.deletionTimestamp === undefined || seconds === undefined ? undefined : seconds * 1000;
}

function probeGraceMs(container: Container, cause: KillCause | undefined): number | undefined {
  const probe =
    cause === 'liveness' ? container.livenessProbe : cause === 'startup' ? container.startupProbe : undefined;
  const seconds = probe?.terminationGracePeriodSeconds;
  return seconds === undefined ? undefined : seconds * 1000;
}

/** A negative number in the spec stands for one second, as it does when the pod is deleted. */
function specGraceMs({ spec }: Pod): number {
  const seconds = spec.terminationGracePeriodSeconds ?? 30;
  return seconds < 0 ? 1000 : seconds * 1000;
}
