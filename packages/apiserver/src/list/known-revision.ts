/** Versions that clients name: what was given out by one server of several is soon known to the others, too. */

import { type Clock, type ObjectStore, type Revision, sleep } from '@mooring/core';
import { badRequest, StatusError } from '../status/status-error.ts';

/** `undefined` when it is not given. Throws a `StatusError` when it is no version. */
export function revisionOf(text: string | null): Revision | undefined {
  if (text === null || text === '') return undefined;
  const revision = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(revision)) return revision;
  throw badRequest(
    `Invalid value: ${JSON.stringify(text)}: resourceVersion must be a number that was given out`,
  );
}

const lookMs = 50;
/** As in Kubernetes. */
const behindMsMax = 3000;

/**
 * Resolves when the store here has come as far as the version. Rejects with Expired when it has not within 3 s: it is one
 * of another store then, and whoever went on waiting would wait in vain.
 */
export async function untilKnown(
  { objects, clock }: { readonly objects: ObjectStore; readonly clock: Clock },
  wanted: Revision,
  signal: AbortSignal,
): Promise<void> {
  const endMs = clock.monotonicMs() + behindMsMax;
  for (;;) {
    const { revision } = await objects.list('Namespace', undefined, { filter: () => false, signal });
    if (wanted <= revision) return;
    if (clock.monotonicMs() >= endMs)
      throw new StatusError('Expired', `too large resource version: ${wanted}, current: ${revision}`);
    await sleep(clock, lookMs, signal);
  }
}
