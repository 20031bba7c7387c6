/**
 * What a request to delete does to an object. A pod is given time to end: it stays, marked with the moment when it must
 * be gone, until its agent confirms by deleting it with a grace period of 0. Other kinds go at once. Finalizers keep
 * any object, and the request itself may put one on. The rules are those of Kubernetes' API server (`rest.BeforeDelete`,
 * the pod's strategy).
 */

import { finalizersOf, namespaceFinalizersOf } from '../api/finalizers.ts';
import { type ApiObject, formatTime, type ObjectMeta, parseTime } from '../api/meta.ts';
import type { Pod } from '../api/pod.ts';
import { isFinished } from '../api/pod-phase.ts';
import type { DeleteOptions } from '../contract/object-store.ts';
import { finalizersOnDeletion } from './deletion-policy.ts';

export type Deletion =
  /** The object goes now. */
  | { readonly kind: 'remove' }
  | Mark
  /** Nothing changes: its deletion is under way. */
  | { readonly kind: 'pending' };

/** The object stays, with these fields of its metadata. */
interface Mark {
  readonly kind: 'mark';
  readonly metadata: Partial<ObjectMeta>;
}

export function decideDeletion(
  object: ApiObject,
  options: Pick<DeleteOptions, 'gracePeriodSeconds' | 'propagationPolicy' | 'orphanDependents'>,
  nowMs: number,
): Deletion {
  const { gracePeriodSeconds } = options;
  const deletion = isPod(object) ? decidePodDeletion(object, gracePeriodSeconds, nowMs) : remove;
  if (deletion.kind === 'pending') return deletion;
  const finalizers = finalizersOnDeletion(object, options);
  const isKept = finalizers.length > 0 || namespaceFinalizersOf(object).length > 0;
  if (deletion.kind === 'remove' && !isKept) return remove;
  const { metadata } = deletion.kind === 'remove' ? confirm(object.metadata, nowMs) : deletion;
  const isSame = finalizers.join() === (object.metadata.finalizers ?? []).join();
  const changes = isSame ? metadata : { ...metadata, finalizers };
  return Object.keys(changes).length === 0 ? { kind: 'pending' } : { kind: 'mark', metadata: changes };
}

/** As if the pod had no finalizers. */
export function decidePodDeletion(pod: Pod, gracePeriodSeconds: number | undefined, nowMs: number): Deletion {
  // A negative grace period is treated as 1 s.
  const requested = gracePeriodSeconds !== undefined && gracePeriodSeconds < 0 ? 1 : gracePeriodSeconds;
  if (pod.metadata.deletionTimestamp !== undefined) return shortenDeletion(pod.metadata, requested, nowMs);
  const hasNothingToStop = !pod.spec.nodeName || isFinished(pod);
  const wanted = requested ?? pod.spec.terminationGracePeriodSeconds ?? 0;
  const grace = hasNothingToStop ? 0 : wanted < 0 ? 1 : wanted;
  return grace === 0 ? remove : mark(pod.metadata, nowMs + grace * 1000, grace);
}

/** True when nothing keeps an object any more that has been marked for deletion. */
export function isDeletionComplete(object: ApiObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds } = object.metadata;
  return deletionTimestamp !== undefined && !deletionGracePeriodSeconds && finalizersOf(object).length === 0;
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

/** Nothing but finalizers keeps the object any more. */
function confirm(metadata: ObjectMeta, nowMs: number): { readonly metadata: Partial<ObjectMeta> } {
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  if (deletionTimestamp === undefined) return mark(metadata, nowMs, 0);
  return { metadata: deletionGracePeriodSeconds === 0 ? {} : { deletionGracePeriodSeconds: 0 } };
}

/** The first mark counts as a change of what is wanted, so the generation grows. */
function mark(metadata: ObjectMeta, endMs: number, graceSeconds: number): Mark {
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
