/**
 * CrashLoopBackOff: when a container that ended may start again, and what is shown while it waits.
 * The waits after successive crashes are 0, 10, 20, 40, 80, 160, 300, 300 ... seconds.
 */

import { formatDuration } from '../../api/duration.ts';
import type { EventType } from '../../api/objects.ts';
import type { Container, StoredPod } from '../../api/pod.ts';
import type { ContainerInfo } from '../../contract/container-runtime.ts';
import { type BackOffEntry, type BackOffSettings, remainingMs, stepUp } from '../../engine/back-off.ts';
import type { StartFailure } from './container-view.ts';

export type CrashLoopEntry = BackOffEntry;

/** CrashLoopBackOff in numbers: `crashLoop.maxContainerRestartPeriod` of the kubelet, and what is fixed there. */
export interface CrashLoopOptions {
  /** After the first crash that has to wait. */
  readonly initialMs?: number;
  readonly maxMs?: number;
  /** A container whose last run ended more than this after its last start is forgiven. */
  readonly resetAfterMs?: number;
}

/** The kubelet's numbers, unless told otherwise; an initial delay above the maximum is lowered to it. */
export function crashLoopSettings(options: CrashLoopOptions = {}): BackOffSettings {
  const { initialMs = 10_000, maxMs = 300_000, resetAfterMs = 600_000 } = options;
  return {
    initialMs: Math.min(initialMs, maxMs),
    maxMs,
    // Flat, not twice the maximum: a short maximum does not forgive sooner.
    hasExpired: (quietMs) => quietMs > resetAfterMs,
  };
}

const defaultCrashLoop: BackOffSettings = crashLoopSettings();

/** Image pulls back off by the same steps, counted from the last failure, and forget after twice the maximum. */
export const defaultImagePullBackOff: BackOffSettings = { initialMs: 10_000, maxMs: 300_000 };

export type CrashLoopDecision =
  /** Start now; `entry` is what to remember. */
  | { readonly start: true; readonly entry: CrashLoopEntry | undefined }
  /** Ask again in `remainingMs`; `delayMs` is the whole delay, as the message names it. */
  | { readonly start: false; readonly remainingMs: number; readonly delayMs: number };

/** `exitedAtMs`: when the newest dead instance ended, by the same clock; `undefined` when there is none, which never waits. */
export function crashLoopDecision(
  entry: CrashLoopEntry | undefined,
  exitedAtMs: number | undefined,
  nowMs: number,
  settings: BackOffSettings = defaultCrashLoop,
): CrashLoopDecision {
  if (exitedAtMs === undefined) return { start: true, entry };
  const leftMs = remainingMs(entry, exitedAtMs, nowMs, settings);
  if (entry !== undefined && leftMs > 0) return { start: false, remainingMs: leftMs, delayMs: entry.delayMs };
  return { start: true, entry: stepUp(entry, exitedAtMs, nowMs, settings) };
}

/** The newest dead one of these instances (newest first). */
export function newestExit(instances: readonly ContainerInfo[]): ContainerInfo | undefined {
  return instances.find((info) => info.state === 'exited');
}

type Named = { readonly metadata: Pick<StoredPod['metadata'], 'name' | 'namespace' | 'uid'> };

/** Containers with the same key share one back-off entry: a new image or new resources start afresh. */
export function crashLoopKey(pod: Named, container: Container): string {
  const { namespace, name, uid } = pod.metadata;
  const resources = JSON.stringify(container.resources ?? {});
  return [uid, namespace, name, container.name, container.image, resources].join('/');
}

/** What `state.waiting` shows. */
export function crashLoopWaiting(pod: Named, containerName: string, delayMs: number): StartFailure {
  const delay = formatDuration(delayMs);
  return {
    reason: 'CrashLoopBackOff',
    message: `back-off ${delay} restarting failed container=${containerName} pod=${fullName(pod)}`,
  };
}

export function crashLoopEvent(
  pod: Named,
  containerName: string,
): { readonly type: EventType; readonly reason: string; readonly message: string } {
  return {
    type: 'Warning',
    reason: 'BackOff',
    message: `Back-off restarting failed container ${containerName} in pod ${fullName(pod)}`,
  };
}

function fullName({ metadata }: Named): string {
  return `${metadata.name}_${metadata.namespace}(${metadata.uid})`;
}
