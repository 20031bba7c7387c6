/** What each role may do. Pure. */

import type { ResourceTarget } from '../request/parse-target.ts';

/**
 * `admin`: everything. `edit`: what lives in namespaces, commands in pods included. `view`: reads, but no secrets.
 * `node`: what the agent of one node needs, by its name `system:node:<name>`.
 */
export type Role = 'admin' | 'edit' | 'view' | 'node';

/** Gives a user, or all of a group, a role. */
export interface AccessRule {
  readonly user?: string;
  readonly group?: string;
  readonly role: Role;
  /** Only what is in this namespace; everywhere when not given. Not for `node`. */
  readonly namespace?: string;
}

/** Groups that mean the same in every Kubernetes cluster. */
export const builtInRules: readonly AccessRule[] = [
  { group: 'system:masters', role: 'admin' },
  { group: 'system:nodes', role: 'node' },
];

export interface Attributes extends Pick<ResourceTarget, 'group' | 'resource'> {
  readonly verb: string;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

const reading: ReadonlySet<string> = new Set(['get', 'list', 'watch']);
/** Opening one of these is doing something in the pod, whatever the method of the request. */
const acting: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward', 'proxy']);

/** Resources of namespaces that users change. All others are written by the cluster itself, or by its administrators. */
export const editable: ReadonlySet<string> = new Set([
  'pods',
  'replicationcontrollers',
  'services',
  'configmaps',
  'secrets',
  'replicasets.apps',
  'deployments.apps',
]);

/** Written by schedulers and by those who bring a workload about. */
const ofControllers: ReadonlySet<string> = new Set(['status', 'binding']);

export function mayEdit(attributes: Attributes): boolean {
  const { verb, group, resource, subresource } = attributes;
  if (reading.has(verb) && !isActing(attributes)) return true;
  if (subresource !== undefined && ofControllers.has(subresource)) return false;
  return editable.has(group === '' ? resource : `${resource}.${group}`);
}

export function mayView(attributes: Attributes): boolean {
  return reading.has(attributes.verb) && attributes.resource !== 'secrets' && !isActing(attributes);
}

function isActing({ subresource }: Attributes): boolean {
  return subresource !== undefined && acting.has(subresource);
}
