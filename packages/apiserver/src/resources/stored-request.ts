/** A request for objects of the store: which ones, and whether it can be. */

import type { ApiRequest } from '../request/api-request.ts';
import type { ResourceTarget } from '../request/parse-target.ts';
import { badRequest, methodNotAllowed, notFound, unknownPath } from '../status/status-error.ts';
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
  // As in Kubernetes: whoever forgets the namespace does not empty all of them.
  if (info.isNamespaced && namespace === undefined && verb === 'deletecollection') throw methodNotAllowed();
  if (info.isNamespaced && namespace === undefined && !(ofMany.has(verb) && name === undefined))
    throw badRequest('an object of this kind is in a namespace: the path must name it');
  const isNameGiven = name !== undefined;
  if (subresource === undefined && isNameGiven === ofCollections.has(verb) && verb !== 'watch')
    throw methodNotAllowed();
  // Words that no object is called by: nothing can be found under them, and no store has to know what to do with them.
  if ([namespace, name].some((word) => word !== undefined && !wordPattern.test(word))) throw notFound(target);
  return { request, info, target, namespace };
}

const ofMany: ReadonlySet<string> = new Set(['list', 'watch']);
/** Verbs whose paths end with the resource. */
const ofCollections: ReadonlySet<string> = new Set(['create', 'list', 'deletecollection']);
const wordPattern = /^[-_.a-zA-Z0-9]{1,253}$/;
