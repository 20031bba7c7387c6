/** Getting one object, and listing many, page by page where that is wanted. */

import type { ApiObject, Clock, ObjectList, ObjectStore, Revision } from '@mooring/core';
import { listReply } from '../http/list-reply.ts';
import { type Answer, json, type Reply } from '../http/reply.ts';
import type { StoredRequest } from '../resources/stored-request.ts';
import { type Selection, selectionOf } from '../select/selection.ts';
import { badRequest, notFound, StatusError } from '../status/status-error.ts';
import type { KindFeed } from '../watch/kind-feed.ts';
import { type Continuation, formatToken, parseToken } from './continue-token.ts';
import { revisionOf, untilKnown } from './known-revision.ts';
import { listAt } from './list-at.ts';
import type { ListMemories } from './list-memories.ts';
import { checkListOptions } from './list-options.ts';
import { formOf, type ListMetadata, type ObjectForm } from './object-form.ts';
import { keyOf } from './object-key.ts';

export interface ReadSurroundings {
  readonly objects: ObjectStore;
  readonly feed: KindFeed;
  readonly lists: ListMemories;
  readonly clock: Clock;
  now(): number;
}

export async function getObject(around: ReadSurroundings, stored: StoredRequest): Promise<Reply> {
  const { request, info, target, namespace } = stored;
  const { query, signal } = request;
  const form = requestedForm(stored, around.now);
  await untilNotOlder(around, revisionOf(query.get('resourceVersion')) ?? 0, signal);
  const object = await around.objects.get(info.kind, namespace, target.name ?? '', signal);
  if (object === undefined) throw notFound(target);
  return json(form.one(object));
}

export async function listObjects(around: ReadSurroundings, stored: StoredRequest): Promise<Answer> {
  const { request, info, namespace } = stored;
  const form = requestedForm(stored, around.now);
  const { items, metadata } = await listPage(around, stored);
  const texts = around.lists.of(form.name, info.kind, namespace);
  return await listReply(form.many(items, metadata, texts), request.signal);
}

export interface ListedPage {
  readonly items: readonly ApiObject[];
  readonly metadata: ListMetadata;
}

/** What the parameters of a list choose. Rejects with a `StatusError` for parameters that cannot be. */
export async function listPage(around: ReadSurroundings, stored: StoredRequest): Promise<ListedPage> {
  const { request, info, namespace } = stored;
  const { query, signal } = request;
  checkListOptions(query);
  const selection = selectionOf(query, { kind: info.kind, namespace });
  const limit = limitOf(query);
  const token = query.get('continue') ?? '';
  const begun = token === '' ? undefined : parseToken(token);
  if (begun !== undefined && !around.feed.isKept(begun.revision)) throw tokenExpired();
  const wanted = revisionOf(query.get('resourceVersion')) ?? 0;
  const isExact = query.get('resourceVersionMatch') === 'Exact';
  const then = begun?.revision ?? (isExact ? wanted : undefined);
  if (then === undefined) await untilNotOlder(around, wanted, signal);
  const { items, revision } =
    then === undefined
      ? await listNow(around, stored, selection)
      : { items: await listAt(around, stored, selection, then), revision: then };
  const page = pageOf(items, begun, limit);
  return { items: page.items, metadata: metadataOf(page, revision, selection.isAll) };
}

/** Of several servers another one may have given the version out. */
async function untilNotOlder(around: ReadSurroundings, wanted: Revision, signal: AbortSignal): Promise<void> {
  if (wanted > around.feed.revision) await untilKnown(around, wanted, signal);
}

async function listNow(
  { objects }: ReadSurroundings,
  { request: { signal }, info, namespace }: StoredRequest,
  selection: Selection,
): Promise<ObjectList<ApiObject>> {
  const filter = (object: ApiObject) => selection.matches(object);
  return await objects.list(info.kind, namespace, { signal, ...(!selection.isAll && { filter }) });
}

/** Throws a `StatusError` for a form that is not known. */
export function requestedForm({ request, info }: StoredRequest, now: () => number): ObjectForm {
  return formOf({ accept: request.headers.accept, query: request.query, info, now });
}

interface Page {
  readonly items: readonly ApiObject[];
  /** Objects that come on later pages. */
  readonly rest: number;
}

/** Lists come in the order of keys, so what was given out already lies before `after`. */
function pageOf(all: readonly ApiObject[], begun: Continuation | undefined, limit: number): Page {
  const left = begun === undefined ? all : all.filter((object) => keyOf(object) > begun.after);
  const items = limit === 0 ? left : left.slice(0, limit);
  return { items, rest: left.length - items.length };
}

function metadataOf({ items, rest }: Page, revision: number, isAll: boolean): ListMetadata {
  const last = items.at(-1);
  const metadata = { resourceVersion: String(revision) };
  if (rest === 0 || last === undefined) return metadata;
  const token = formatToken({ revision, after: keyOf(last) });
  return { ...metadata, continue: token, ...(isAll && { remainingItemCount: rest }) };
}

function limitOf(query: URLSearchParams): number {
  const text = query.get('limit') ?? '';
  if (text === '') return 0;
  const limit = Number(text);
  if (!Number.isSafeInteger(limit) || limit < 0) throw badRequest(`limit: ${text} is no number of objects`);
  return limit;
}

function tokenExpired(): StatusError {
  return new StatusError(
    'Expired',
    'The provided continue parameter is too old to display a consistent list result: list again without it',
  );
}
