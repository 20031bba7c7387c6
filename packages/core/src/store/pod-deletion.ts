/**
 * What a request to delete does to an object. A pod is given time to end: it stays, marked with the moment when it must
 * be gone, until its agent confirms by deleting it with a grace period of 0. Other kinds go at once. Finalizers keep
 * any object. The rules are those of Kubernetes' API server (`rest.BeforeDelete`, the pod's strategy).
 */

import { type ApiObject, formatTime, type ObjectMeta, parseTime } from '../api/meta.ts';
import type { Pod } from '../api/pod.ts';

export type Deletion =
  /** The object goes now. */
  | { readonly kind: 'remove' }
  /** The object stays, with these fields of its metadata. */
  | { readonly kind: 'mark'; readonly metadata: Partial<ObjectMeta> }
  /** Nothing changes: its deletion is under way. */
  | { readonly kind: 'pending' };

export function decideDeletion(
  object: ApiObject,
  gracePeriodSeconds: number | undefined,
  nowMs: number,
): Deletion {
  const deletion = isPod(object) ? decidePodDeletion(object, gracePeriodSeconds, nowMs) : remove;
  const hasFinalizers = (object.metadata.finalizers ?? []).length > 0;
  return deletion.kind === 'remove' && hasFinalizers ? keepForFinalizers(object.metadata, nowMs) : deletion;
}

/** As if the pod had no finalizers. */
export function decidePodDeletion(pod: Pod, gracePeriodSeconds: number | undefined, nowMs: number): Deletion {
  // A negative grace period is treated as 1 s.
  const requested = gracePeriodSeconds !== undefined && gracePeriodSeconds < 0 ? 1 : gracePeriodSeconds;
  if (pod.metadata.deletionTimestamp !== undefined) return shortenDeletion(pod.metadata, requested, nowMs);
  const phase = pod.status?.phase;
  const hasNothingToStop = !pod.spec.nodeName || phase === 'Succeeded' || phase === 'Failed';
  const wanted = requested ?? pod.spec.terminationGracePeriodSeconds ?? 0;
  const grace = hasNothingToStop ? 0 : wanted < 0 ? 1 : wanted;
  return grace === 0 ? remove : mark(pod.metadata, nowMs + grace * 1000, grace);
}

/** True when nothing keeps an object any more that has been marked for deletion. */
export function isDeletionComplete({ metadata }: ApiObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = metadata;
  return deletionTimestamp !== undefined && !deletionGracePeriodSeconds && (finalizers ?? []).length === 0;
}

const remove: Deletion = { kind: 'remove' };

/** A further request may only bring the end forward. */
function shortenDeletion(metadata: ObjectMeta, requested: number | undefined, nowMs: number): Deletion {
  const current = metadata.deletionGracePeriodSeconds ?? 0;
  if (current === 0 || requested === 0) return remove;
  if (requested === undefined || requested >= current) return { kind: 'pending' };
  const endMs = parseTime(metadata.deletionTimestamp) ?? nowMs;
  const earlierMs = endMs - (current - requested) * 1000;
  // A moment that has passed already would leave the agent no time at all: it gets one second from now.
  return earlierMs > nowMs ? mark(metadata, earlierMs, requested) : mark(metadata, nowMs + 1000, 1);
}

function keepForFinalizers(metadata: ObjectMeta, nowMs: number): Deletion {
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  if (deletionTimestamp === undefined) return mark(metadata, nowMs, 0);
  if (deletionGracePeriodSeconds === 0) return { kind: 'pending' };
  return { kind: 'mark', metadata: { deletionGracePeriodSeconds: 0 } };
}

/** The first mark counts as a change of what is wanted, so the generation grows. */
function mark(metadata: ObjectMeta, endMs: number, graceSeconds: number): Deletion {
  const isFirst = metadata.deletionTimestamp === undefined;
  const { generation } = metadata;
  return {
    kind: 'mark',
    metadata: {
      deletionTimestamp: formatTime(endMs),
      deletionGracePeriodSeconds: graceSeconds,
      ...(isFirst && generation !== undefined ? { generation: generation + 1 } : {}),
    },
  };
}

function isPod(object: ApiObject): object is Pod {
  return object.kind === 'Pod';
}
