/** A pod of this node as the store has it: whether it is still wanted, and its end. */

import type { StoredPod } from '../api/pod.ts';
import type { Clock } from '../contract/clock.ts';
import { sleep } from '../engine/abortable.ts';
import { withDeadline } from '../engine/deadline.ts';
import { isAnother } from '../store/is-another.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { NodeContext, PodRecord } from './node-context.ts';

/**
 * The pod as it is wanted now; `undefined` when it is to go, or was replaced by another one of its name. Rejects when the
 * store does not say so in time.
 */
export async function wantedPod(
  { clock, settings }: Pick<NodeContext, 'clock' | 'settings'>,
  objects: Pick<ObjectStore, 'get'>,
  record: PodRecord,
  signal: AbortSignal,
): Promise<StoredPod | undefined> {
  const { uid, namespace, name } = record.pod.metadata;
  const ask = (inner: AbortSignal) => objects.get('Pod', namespace, name, inner);
  const words = `asking whether pod ${name} is to run again`;
  const live = await withDeadline(clock, settings.callMsMax, signal, words, ask);
  const isWanted = live?.metadata.uid === uid && live.metadata.deletionTimestamp === undefined;
  // What the cache has heard meanwhile may be newer than the answer, and is not said again.
  return isWanted && !isGone(record) ? newer(live, record.pod) : undefined;
}

/** Until the store is asked again that did not find a pod which is there for all that the cache of pods knows. */
export const lookAgainMs = 1000;

/**
 * Takes the object of a pod that is over out of the store; another one of its name is left alone. What the store says of
 * its absence may be an answer of the past: it is asked again until the cache has heard the same.
 */
export async function removePod(
  clock: Clock,
  objects: Pick<ObjectStore, 'delete' | 'get'>,
  record: Pick<PodRecord, 'pod' | 'isRemoved'>,
  signal: AbortSignal,
): Promise<void> {
  while (!(await isDeleted(objects, record.pod, signal)) && !record.isRemoved)
    await sleep(clock, lookAgainMs, signal);
}

/** False when the store says that it is gone already, or was replaced. */
async function isDeleted(
  objects: Pick<ObjectStore, 'delete' | 'get'>,
  { metadata }: StoredPod,
  signal: AbortSignal,
): Promise<boolean> {
  const { uid, namespace, name } = metadata;
  try {
    await objects.delete('Pod', namespace, name, { gracePeriodSeconds: 0, uid, signal });
    return true;
  } catch (error) {
    if (!(await isAnother('Pod', metadata, error, objects, signal))) throw error;
    return false;
  }
}

/** The cache says so, or has said so before. */
function isGone({ pod, isRemoved }: PodRecord): boolean {
  return isRemoved || pod.metadata.deletionTimestamp !== undefined;
}

/** Versions of one object grow as long as it lives. */
function newer(a: StoredPod, b: StoredPod): StoredPod {
  const version = ({ metadata }: StoredPod) => Number(metadata.resourceVersion ?? 0);
  return version(a) < version(b) ? b : a;
}
