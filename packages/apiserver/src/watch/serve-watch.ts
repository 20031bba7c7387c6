/** From the parameters of a watch to its stream. */

import type { ApiObject, ObjectStore, Random, Revision } from '@mooring/core';
import type { StreamReply } from '../http/reply.ts';
import { revisionOf, untilKnown } from '../list/known-revision.ts';
import { checkWatchOptions, initialEventsOf } from '../list/list-options.ts';
import { formOf } from '../list/object-form.ts';
import { isTrue } from '../request/verb-of.ts';
import type { StoredRequest } from '../resources/stored-request.ts';
import { type Selection, selectionOf } from '../select/selection.ts';
import { badRequest } from '../status/status-error.ts';
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
  checkWatchOptions(query);
  const selection = selectionOf(query, { kind: info.kind, namespace, name: target.name });
  const bookmarks = isTrue(query.get('allowWatchBookmarks'));
  const { from, wantsInitial, marksEnd } = beginningOf(query);
  const form = formOf({ accept: headers.accept, query, info, now: () => service.clock.now() });
  const timeoutMs = timeoutOf(query, service.random);
  await service.feed.synced;
  if (from !== undefined && from > service.feed.revision) await untilKnown(service, from, signal);
  const now = wantsInitial || from === undefined ? await startNow(service, stored, selection) : undefined;
  const wish: WatchWish = {
    ...{ selection, form, bookmarks, timeoutMs },
    from: now?.from ?? from ?? 0,
    initial: wantsInitial ? now?.initial : undefined,
    marksInitialEnd: marksEnd && bookmarks,
  };
  return { stream: (response) => new WatchStream(response, wish, service).run(signal) };
}

interface Beginning {
  /** Absent, and `0` in a request: whatever there is. */
  readonly from: Revision | undefined;
  /** What there is comes first. */
  readonly wantsInitial: boolean;
  /** And then a word that this was all. */
  readonly marksEnd: boolean;
}

function beginningOf(query: URLSearchParams): Beginning {
  const asked = initialEventsOf(query);
  const revision = revisionOf(query.get('resourceVersion'));
  const from = revision === 0 ? undefined : revision;
  return { from, wantsInitial: asked ?? from === undefined, marksEnd: asked === true };
}

/** From the store itself: whoever has written something and watches then finds it, however far the feed is. */
async function startNow(
  { objects }: WatchService,
  { request: { signal }, info: { kind }, namespace }: StoredRequest,
  selection: Selection,
): Promise<Pick<WatchWish, 'from' | 'initial'>> {
  const filter = (object: ApiObject) => selection.matches(object);
  const list = { signal, ...(!selection.isAll && { filter }) };
  const { items, revision } = await objects.list(kind, namespace, list);
  return { from: revision, initial: items[Symbol.iterator]() };
}

function timeoutOf(query: URLSearchParams, random: Random): number {
  const text = query.get('timeoutSeconds') ?? '';
  const seconds = Number(text);
  if (!Number.isSafeInteger(seconds)) throw badRequest(`timeoutSeconds: ${text} is no number of seconds`);
  if (seconds > 0) return Math.min(seconds * 1000, 24 * 3_600_000);
  return timeoutMsMin * (1 + random.next());
}
