/** What follows from the type of a Service. */

import type { Draft } from './draft.ts';
import type { ServiceSpec } from './network.ts';

export function isHeadless({ clusterIP, clusterIPs }: Draft<ServiceSpec>): boolean {
  return clusterIP === 'None' || clusterIPs?.[0] === 'None';
}

export function needsClusterIP({ type }: Draft<ServiceSpec>): boolean {
  return type === 'ClusterIP' || needsNodePort({ type });
}

export function needsNodePort({ type }: Pick<Draft<ServiceSpec>, 'type'>): boolean {
  return type === 'NodePort' || type === 'LoadBalancer';
}

/** Can traffic from outside of the cluster come in? */
export function isExternallyAccessible({ type, externalIPs = [] }: Draft<ServiceSpec>): boolean {
  return needsNodePort({ type }) || (type === 'ClusterIP' && externalIPs.length > 0);
}
