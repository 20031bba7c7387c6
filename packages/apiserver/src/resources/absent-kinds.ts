/**
 * Kinds that are not here, of which some clients ask for a list without having looked: `kubectl cluster-info dump` shows
 * nothing at all where it gets none, and `kubectl apply` of a StatefulSet looks among the kinds of users before it says
 * that there is no such kind. Discovery does not name them, and nothing else of them is served. Pure.
 */

import type { ResourceTarget } from '../request/parse-target.ts';
import { groupVersionOf } from './resource-table.ts';

/** By group, version and resource. */
const kinds: ReadonlyMap<string, string> = new Map([
  ['apps/v1/daemonsets', 'DaemonSet'],
  ['apiextensions.k8s.io/v1/customresourcedefinitions', 'CustomResourceDefinition'],
]);

/** The list, in which nothing is; `undefined` for every other request. */
export function absentList(target: ResourceTarget, verb: string): object | undefined {
  const kind = kinds.get(`${groupVersionOf(target)}/${target.resource}`);
  if (kind === undefined || verb !== 'list') return undefined;
  const metadata = { resourceVersion: '0' };
  return { kind: `${kind}List`, apiVersion: groupVersionOf(target), metadata, items: [] };
}
