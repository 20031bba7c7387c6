/** What the agent of a node may do: read what it needs, and write its own Node, its Lease, and the status of its pods. */

import { type ApiObject, type ObjectStore, podReferences } from '@mooring/core';
import { parseFieldSelector } from '../select/field-selector.ts';
import type { Attributes } from './roles.ts';

const prefix = 'system:node:';

/** The node whose agent the user is. */
export function nodeNameOf(user: string): string | undefined {
  return user.startsWith(prefix) && user.length > prefix.length ? user.slice(prefix.length) : undefined;
}

/** Read by agents as a whole, for the traffic of Services. */
const readByAll: ReadonlySet<string> = new Set(['services', 'endpoints', 'endpointslices', 'namespaces']);

export interface NodeRequest extends Attributes {
  /** Of a list or watch. */
  readonly fieldSelector: string;
}

export async function mayNode(
  objects: ObjectStore,
  node: string,
  request: NodeRequest,
  signal: AbortSignal,
): Promise<boolean> {
  const { resource, verb } = request;
  switch (resource) {
    case 'nodes':
      return mayOwnNode(node, request);
    case 'leases':
      return request.namespace === 'kube-node-lease' && isOwn(node, request) && verb !== 'deletecollection';
    case 'events':
      return verb === 'create' || verb === 'patch' || verb === 'update';
    case 'pods':
      return await mayPod(objects, node, request, signal);
    case 'configmaps':
    case 'secrets':
      return verb === 'get' && (await isReferenced(objects, node, request, signal));
    default:
      return readByAll.has(resource) && isReading(verb);
  }
}

function mayOwnNode(node: string, request: NodeRequest): boolean {
  if (request.verb === 'list' || request.verb === 'watch')
    return request.name === node || selectsOnly('Node', request.fieldSelector, 'metadata.name', node);
  return isOwn(node, request) && request.verb !== 'delete';
}

/** What is created has no name in its path: it is checked when its name is known, by `mayCreate`. */
function isOwn(node: string, { name, verb }: NodeRequest): boolean {
  return verb === 'create' || name === node;
}

/** Whether the object that is to be created is the agent's own; `true` for kinds that belong to nobody. */
export function mayCreate(node: string, { kind, metadata }: ApiObject): boolean {
  return (kind !== 'Node' && kind !== 'Lease') || metadata.name === node;
}

async function mayPod(
  objects: ObjectStore,
  node: string,
  request: NodeRequest,
  signal: AbortSignal,
): Promise<boolean> {
  const { verb, name, namespace, subresource, fieldSelector } = request;
  if (verb === 'list' || verb === 'watch') return selectsOnly('Pod', fieldSelector, 'spec.nodeName', node);
  if (name === undefined) return false;
  const isAllowed =
    subresource === 'status'
      ? verb === 'get' || verb === 'update' || verb === 'patch'
      : subresource === undefined && (verb === 'get' || verb === 'delete');
  if (!isAllowed) return false;
  const pod = await objects.get('Pod', namespace, name, signal);
  return pod?.spec.nodeName === node;
}

async function isReferenced(
  objects: ObjectStore,
  node: string,
  { resource, namespace, name }: NodeRequest,
  signal: AbortSignal,
): Promise<boolean> {
  const key = `${resource}/${namespace}/${name}`;
  const filter = (pod: { readonly spec: { readonly nodeName?: string } }) => pod.spec.nodeName === node;
  const { items } = await objects.list('Pod', namespace, { filter, signal });
  return items.some((pod) => podReferences(pod).has(key));
}

function isReading(verb: string): boolean {
  return verb === 'get' || verb === 'list' || verb === 'watch';
}

/** Read as the list itself will read it: what looks like a term may be part of a value. */
function selectsOnly(kind: string, selector: string, field: string, value: string): boolean {
  return parseFieldSelector(kind, selector).some(
    (term) => term.field === field && term.isEqual && term.value === value,
  );
}
