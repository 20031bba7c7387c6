/** A request for objects of the store: which ones, and whether it can be. */

import type { ApiRequest } from '../request/api-request.ts';
import type { ResourceTarget } from '../request/parse-target.ts';
import { badRequest, methodNotAllowed, unknownPath } from '../status/status-error.ts';
import type { ResourceInfo } from './resource-table.ts';

export interface StoredRequest {
  readonly request: ApiRequest;
  readonly info: ResourceInfo;
  readonly target: ResourceTarget;
  /** Absent for kinds without namespaces, and for all namespaces at once. */
  readonly namespace: string | undefined;
}

/** Throws a `StatusError` where the path names no such thing, or the verb is not for it. */
export function storedRequest(
  request: ApiRequest,
  target: ResourceTarget,
  info: ResourceInfo,
): StoredRequest {
  const { verb } = request;
  const { subresource, name } = target;
  if (target.rest !== undefined) throw unknownPath();
  if (!info.isNamespaced && target.namespace !== undefined && info.resource !== 'namespaces')
    throw unknownPath();
  const known = subresource === undefined ? info : info.subresources.find((one) => one.name === subresource);
  if (known === undefined) throw unknownPath();
  if (!known.verbs.includes(verb)) throw methodNotAllowed();
  const namespace = info.isNamespaced ? target.namespace : undefined;
  const isWhole = name === undefined && verb !== 'create';
  if (info.isNamespaced && namespace === undefined && !isWhole)
    throw badRequest('an object of this kind is in a namespace: the path must name it');
  if (verb === 'create' && name !== undefined && subresource === undefined) throw methodNotAllowed();
  if (
    verb !== 'create' &&
    verb !== 'list' &&
    verb !== 'watch' &&
    verb !== 'deletecollection' &&
    name === undefined
  )
    throw methodNotAllowed();
  return { request, info, target, namespace };
}
