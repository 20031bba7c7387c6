/** From the parameters of a watch to its stream. */

import type { ObjectStore, Random, Revision } from '@mooring/core';
import type { StreamReply } from '../http/reply.ts';
import { formOf } from '../list/object-form.ts';
import { isTrue } from '../request/verb-of.ts';
import type { StoredRequest } from '../resources/stored-request.ts';
import { selectionOf } from '../select/selection.ts';
import { badRequest, StatusError } from '../status/status-error.ts';
import { WatchStream, type WatchSurroundings, type WatchWish } from './watch-stream.ts';

export interface WatchService extends WatchSurroundings {
  readonly objects: ObjectStore;
  readonly random: Random;
}

/** Without a wish of the client's own a watch ends after half an hour to an hour, so that not all end at once. */
const timeoutMsMin = 30 * 60_000;

/** Throws a `StatusError` for parameters that cannot be read or do not go together. */
export async function serveWatch(service: WatchService, stored: StoredRequest): Promise<StreamReply> {
  const { request, info, target, namespace } = stored;
  const { query, headers, signal } = request;
  const { kind } = info;
  const wish: WatchWish = {
    ...beginning(query),
    selection: selectionOf(query, { kind, namespace, name: target.name }),
    form: formOf({ accept: headers.accept, query, info, now: () => service.clock.now() }),
    bookmarks: isTrue(query.get('allowWatchBookmarks')),
    timeoutMs: timeoutOf(query, service.random),
  };
  await service.feed.synced;
  if (wish.from !== undefined) await checkKnown(service, wish.from, signal);
  return { stream: (response) => new WatchStream(response, wish, service).run(signal) };
}

/** Nothing, and `0`: what there is, whatever its version. */
function beginning(query: URLSearchParams): Pick<WatchWish, 'from' | 'marksInitialEnd'> {
  const wantsInitial = query.get('sendInitialEvents');
  if (wantsInitial !== null) checkInitialEvents(query);
  const from = revisionOf(query.get('resourceVersion'));
  if (isTrue(wantsInitial)) {
    const marksInitialEnd = isTrue(query.get('allowWatchBookmarks'));
    return { from: undefined, marksInitialEnd };
  }
  return { from: from === 0 ? undefined : from, marksInitialEnd: false };
}

function checkInitialEvents(query: URLSearchParams): void {
  if (query.get('resourceVersionMatch') === 'NotOlderThan') return;
  const field = 'resourceVersionMatch';
  const message = 'Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
  throw new StatusError('Invalid', `ListOptions.meta.k8s.io "" is invalid: ${field}: ${message}`, {
    group: 'meta.k8s.io',
    kind: 'ListOptions',
    causes: [{ reason: 'FieldValueForbidden', message, field }],
  });
}

/** `undefined` when it is not given. Throws a `StatusError` when it is no version. */
export function revisionOf(text: string | null): Revision | undefined {
  if (text === null || text === '') return undefined;
  const revision = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(revision)) return revision;
  throw badRequest(
    `Invalid value: ${JSON.stringify(text)}: resourceVersion must be a number that was given out`,
  );
}

function timeoutOf(query: URLSearchParams, random: Random): number {
  const seconds = Number(query.get('timeoutSeconds') ?? 0);
  if (Number.isFinite(seconds) && seconds > 0) return Math.min(seconds * 1000, 24 * 3_600_000);
  return timeoutMsMin * (1 + random.next());
}

/** A version from the future is one of another store: whoever waited for it would wait in vain. */
async function checkKnown({ objects, feed }: WatchService, from: Revision, signal: AbortSignal) {
  if (from <= feed.revision) return;
  const { revision } = await objects.list('Namespace', undefined, { filter: () => false, signal });
  if (from > revision)
    throw new StatusError('Expired', `too large resource version: ${from}, current: ${revision}`);
}
