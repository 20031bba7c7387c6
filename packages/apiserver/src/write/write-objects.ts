/** Creating, replacing and deleting objects. */

import {
  type ApiObject,
  admitObject,
  type DeleteOptions,
  hasCode,
  MooringError,
  type ObjectStore,
} from '@mooring/core';
import { withManagers } from '../apply/track-update.ts';
import { listReply } from '../http/list-reply.ts';
import { type Answer, json, type Reply } from '../http/reply.ts';
import { listPage, type ReadSurroundings } from '../list/list-objects.ts';
import type { ObjectForm } from '../list/object-form.ts';
import type { StoredRequest } from '../resources/stored-request.ts';
import { checkUID, checkVersion } from '../status/changed-meanwhile.ts';
import { statusFrom } from '../status/from-error.ts';
import { StatusError, success } from '../status/status-error.ts';
import { readDeletion } from './delete-options.ts';
import { checkFields, fieldValidationOf, warningHeaders } from './field-validation.ts';
import { readObject } from './incoming-object.ts';
import type { SharedParts } from './shared-parts.ts';
import { partOf, withinPart } from './written-part.ts';

export interface WriteSurroundings {
  /** Those of the cluster, or of a rehearsal where the request is one. */
  readonly objects: ObjectStore;
  /** For a request that says in its body that it is a rehearsal. */
  rehearsal(): ObjectStore;
  now(): number;
  /** In which the client wants to read objects. Throws a `StatusError` where it is none that is known. */
  form(): ObjectForm;
  readonly shared: SharedParts;
  /** Throws a `StatusError` for a new object that is not for this user to make. */
  checkNew(object: ApiObject): void;
}

export async function createObject(around: WriteSurroundings, stored: StoredRequest): Promise<Reply> {
  const { request, namespace } = stored;
  const validation = fieldValidationOf(request.query);
  const { object, warnings, doubled } = await readObject(stored, around.shared);
  const words = checkFields(object, { warnings, doubled }, validation);
  await checkNamespace(around, namespace, request.signal);
  const owned = withManagers(stored, undefined, object, around.now());
  const created = await create(around, stored, around.shared.withMetadata(owned));
  return shown(around, created, words, 201);
}

/** What is wrong is told with the name that the object was to have. */
export async function create(
  { objects, checkNew }: WriteSurroundings,
  { request, info }: StoredRequest,
  object: ApiObject,
): Promise<ApiObject> {
  checkNew(object);
  try {
    const { signal } = request;
    return versioned(await objects.create(checkedEvent(withoutStatus(object)), { isDecoded: true, signal }));
  } catch (error) {
    const { group, kind, resource } = info;
    throw statusFrom(error, { group, kind, resource, name: object.metadata.name ?? '' });
  }
}

/** What was only rehearsed is stored nowhere: there is no version of it that a client could name. */
function versioned(object: ApiObject): ApiObject {
  if (object.metadata.resourceVersion !== '0') return object;
  const { resourceVersion: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** A new pod has not been anywhere yet, whatever its manifest says. */
function withoutStatus(object: ApiObject): ApiObject {
  if (object.kind !== 'Pod' || !('status' in object)) return object;
  const { status: _, ...rest } = object as ApiObject & { readonly status?: unknown };
  return rest;
}

export async function replaceObject(around: WriteSurroundings, stored: StoredRequest): Promise<Reply> {
  const { request, target } = stored;
  const validation = fieldValidationOf(request.query);
  const { object, ...findings } = await readObject(stored);
  const words = checkFields(object, findings, validation);
  if (target.subresource === 'status')
    return shown(around, await around.objects.updateStatus(object, request.signal), words);
  try {
    return shown(around, await replace(around, stored, checkedEvent(object)), words);
  } catch (error) {
    const isMade = target.subresource === undefined && createdByPut.has(stored.info.kind);
    if (!isMade || !hasCode(error, 'NOT_FOUND')) throw error;
  }
  return shown(around, await createByPut(around, stored, object), words, 201);
}

/** Kinds that Kubernetes lets clients create under the name that they put them to. */
const createdByPut: ReadonlySet<string> = new Set(['Endpoints', 'Event', 'Lease', 'Service']);

/** Whoever names a version means one that is gone, which is no hindrance; a UID is that of another object. */
async function createByPut(
  around: WriteSurroundings,
  stored: StoredRequest,
  object: ApiObject,
): Promise<ApiObject> {
  const { resourceVersion: _, uid = '', ...metadata } = object.metadata;
  checkUID(stored.target, uid, '');
  await checkNamespace(around, stored.namespace, stored.request.signal);
  const made = { ...object, metadata };
  return await create(around, stored, withManagers(stored, undefined, made, around.now()));
}

async function replace(
  { objects, now }: WriteSurroundings,
  stored: StoredRequest,
  object: ApiObject,
): Promise<ApiObject> {
  const { request, info, target, namespace } = stored;
  const { resourceVersion = '' } = object.metadata;
  const { name = '' } = target;
  // The store says what is wrong about that.
  if (info.kind === 'Lease' && resourceVersion === '') {
    if ((await objects.get('Lease', namespace, name, request.signal)) === undefined)
      throw new MooringError('NOT_FOUND', `there is no lease ${name}`);
    return await objects.update(object, request.signal);
  }
  const change = (current: ApiObject): ApiObject => {
    checkVersion(target, resourceVersion, current.metadata.resourceVersion);
    return withManagers(stored, current, withinPart(target, current, object), now());
  };
  return await objects.patchWith(info.kind, namespace, name, change, {
    isDecoded: true,
    signal: request.signal,
    ...partOf(target),
  });
}

export async function deleteObject(around: WriteSurroundings, stored: StoredRequest): Promise<Reply> {
  const { request, info, target, namespace } = stored;
  const { options, isRehearsal } = await readDeletion(request);
  const objects = isRehearsal ? around.rehearsal() : around.objects;
  const { name = '' } = target;
  const left: ApiObject = await objects.delete(info.kind, namespace, name, options);
  if (left.metadata.deletionTimestamp !== undefined || shownWhenGone.has(info.kind)) return json(left);
  const { uid } = left.metadata;
  return json(
    success({
      name,
      ...(info.group !== '' && { group: info.group }),
      kind: info.resource,
      ...(uid !== undefined && { uid }),
    }),
  );
}

/** Kinds of which whoever deletes one is told the last state, as in Kubernetes: typed clients read it. */
const shownWhenGone: ReadonlySet<string> = new Set(['Pod', 'Service']);

/** One at a time, as they were listed, and no others: whoever asks for a page means that. What is gone meanwhile is no error. */
export async function deleteCollection(
  around: WriteSurroundings,
  reading: ReadSurroundings,
  stored: StoredRequest,
): Promise<Answer> {
  const { signal } = stored.request;
  const form = around.form();
  const { options, isRehearsal } = await readDeletion(stored.request);
  const objects = isRehearsal ? around.rehearsal() : around.objects;
  const { items, metadata } = await listPage(reading, stored);
  for (const item of items) await deleteOne(objects, stored, item.metadata, options);
  return await listReply(form.many(items, metadata), signal);
}

async function deleteOne(
  objects: ObjectStore,
  { info }: StoredRequest,
  { namespace, name = '' }: ApiObject['metadata'],
  options: DeleteOptions,
): Promise<void> {
  try {
    await objects.delete(info.kind, namespace, name, options);
  } catch (error) {
    if (!hasCode(error, 'NOT_FOUND')) throw error;
  }
}

/** The object as the client wants to read it, with what there is to say about it. */
export function shown(
  { form }: WriteSurroundings,
  object: ApiObject,
  warnings: readonly string[],
  code = 200,
): Reply {
  return { code, body: form().one(object), headers: warningHeaders(warnings) };
}

/** Objects of a namespace come after it, so that a typing error does not make a new one. */
export async function checkNamespace(
  { objects }: WriteSurroundings,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (namespace === undefined) return;
  if ((await objects.get('Namespace', undefined, namespace, signal)) !== undefined) return;
  throw new StatusError('NotFound', `namespaces ${JSON.stringify(namespace)} not found`, {
    name: namespace,
    kind: 'namespaces',
  });
}

/** The store takes the events of agents as they are; those of others are looked at. */
function checkedEvent(object: ApiObject): ApiObject {
  if (object.kind !== 'Event') return object;
  const { object: admitted, errors } = admitObject(object);
  if (admitted !== undefined) return admitted;
  throw new MooringError('INVALID', 'the event is invalid', { fields: errors });
}
