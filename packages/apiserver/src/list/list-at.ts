/** The objects of a kind as they were at a version that a client names: later pages of a list, and lists of the past. */

import { type ApiObject, sleep } from '@mooring/core';
import type { StoredRequest } from '../resources/stored-request.ts';
import type { Selection } from '../select/selection.ts';
import { StatusError } from '../status/status-error.ts';
import { untilKnown } from './known-revision.ts';
import type { ReadSurroundings } from './list-objects.ts';
import { keyOf } from './object-key.ts';

const lookMs = 20;
const behindMsMax = 3000;

/** In the order of their keys. Rejects with Expired where it is not known any more what there was. */
export async function listAt(
  { objects, feed, clock }: ReadSurroundings,
  { info: { kind }, request: { signal } }: StoredRequest,
  selection: Selection,
  revision: number,
): Promise<readonly ApiObject[]> {
  if (revision > feed.revision) await untilKnown({ objects, clock }, revision, signal);
  const endMs = clock.monotonicMs() + behindMsMax;
  for (;;) {
    if (!feed.isKept(revision)) throw tooOld();
    const then = feed.at(revision);
    if (then !== undefined) return then.filter(selection.matches).sort(byKey);
    // Nothing of this kind has changed since, if the feed has heard of all that there is.
    const { items } = await objects.list(kind, undefined, { signal });
    if (revision > feed.revision && feed.hasHeardOf(items)) return items.filter(selection.matches);
    if (clock.monotonicMs() >= endMs) throw tooOld();
    await sleep(clock, lookMs, signal);
  }
}

function byKey(a: ApiObject, b: ApiObject): number {
  return keyOf(a) < keyOf(b) ? -1 : 1;
}

function tooOld(): StatusError {
  return new StatusError('Expired', 'The resourceVersion for the provided list is too old.');
}
