/** Getting one object, and listing many. */

import type { ObjectStore } from '@mooring/core';
import { json, type Reply } from '../http/reply.ts';
import { notFound } from '../status/status-error.ts';
import { groupVersionOf } from './resource-table.ts';
import type { StoredRequest } from './stored-request.ts';

export async function getObject(objects: ObjectStore, stored: StoredRequest): Promise<Reply> {
  const { request, info, target, namespace } = stored;
  const object = await objects.get(info.kind, namespace, target.name ?? '', request.signal);
  if (object === undefined) throw notFound(target);
  return json(object);
}

export async function listObjects(objects: ObjectStore, stored: StoredRequest): Promise<Reply> {
  const { request, info, namespace } = stored;
  const { items, revision } = await objects.list(info.kind, namespace, { signal: request.signal });
  return json({
    kind: `${info.kind}List`,
    apiVersion: groupVersionOf(info),
    metadata: { resourceVersion: String(revision) },
    items,
  });
}
