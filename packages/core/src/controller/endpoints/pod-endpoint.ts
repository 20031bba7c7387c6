/** What a pod amounts to behind a Service: does it count, under which addresses, and in which condition. */

import { isIP } from 'node:net';
import type { Endpoint, Service } from '../../api/network.ts';
import { zoneLabel } from '../../api/node-labels.ts';
import type { NodeObject } from '../../api/objects.ts';
import type { Pod } from '../../api/pod.ts';
import { isFinished } from '../../api/pod-phase.ts';
import { isPodReady } from '../../api/pod-readiness.ts';
import { isTerminating } from '../replication/pod-activity.ts';

export type AddressFamily = 'IPv4' | 'IPv6';

/** Pods that have an address and have not finished; those that are being deleted on request only. */
export function countsAsEndpoint(
  pod: Pick<Pod, 'metadata' | 'status'>,
  { includesTerminating }: { readonly includesTerminating: boolean },
): boolean {
  if (isFinished(pod) || podIPs(pod).length === 0) return false;
  return includesTerminating || !isTerminating(pod);
}

/** A status is written by whoever runs the pod: what is no address would be refused with the whole slice. */
export function podIPs({ status }: Pick<Pod, 'status'>): readonly string[] {
  const ips = status?.podIPs?.map(({ ip }) => ip).filter(isAddress) ?? [];
  if (ips.length > 0) return ips;
  return [status?.podIP ?? ''].filter(isAddress);
}

function isAddress(text: string | undefined): boolean {
  return text !== undefined && isIP(text) !== 0;
}

export function podIPOf(pod: Pick<Pod, 'status'>, family: AddressFamily): string | undefined {
  return podIPs(pod).find((ip) => isIPv6(ip) === (family === 'IPv6'));
}

/** The families of a Service, the preferred one first: of its cluster IP where it does not say. */
export function familiesOf({ spec }: Pick<Service, 'spec'>): readonly AddressFamily[] {
  if (spec.ipFamilies !== undefined && spec.ipFamilies.length > 0) return spec.ipFamilies;
  return [isIPv6(spec.clusterIP ?? '') ? 'IPv6' : 'IPv4'];
}

function isIPv6(ip: string): boolean {
  return ip.includes(':');
}

export function isHeadless({ spec }: Pick<Service, 'spec'>): boolean {
  return spec.clusterIP === 'None';
}

/** The host name of a pod is published where the pod names the Service as its subdomain. */
export function publishesHostname(
  { metadata, spec }: Pick<Pod, 'metadata' | 'spec'>,
  service: Pick<Service, 'metadata'>,
): boolean {
  const { name, namespace } = service.metadata;
  return Boolean(spec.hostname) && spec.subdomain === name && metadata.namespace === namespace;
}

/** Whom an endpoint is, in slices and in Endpoints alike. */
export function endpointIdentity(
  pod: Pod,
  service: Service,
): Pick<Endpoint, 'hostname' | 'nodeName' | 'targetRef'> {
  const { namespace, name = '', uid } = pod.metadata;
  const { hostname, nodeName } = pod.spec;
  return {
    ...(publishesHostname(pod, service) && hostname !== undefined && { hostname }),
    ...(nodeName !== undefined && { nodeName }),
    targetRef: {
      kind: 'Pod',
      ...(namespace !== undefined && { namespace }),
      name,
      ...(uid !== undefined && { uid }),
    },
  };
}

/**
 * The endpoint of a pod in the slices of one address family; `undefined` when the pod has no such address. Traffic
 * follows the pod's Ready condition at once: `minReadySeconds` plays no part. A terminating pod is not ready, but says
 * whether it still serves.
 */
export function podEndpoint(
  pod: Pod,
  service: Service,
  node: Pick<NodeObject, 'metadata'> | undefined,
  family: AddressFamily,
): Endpoint | undefined {
  const ip = podIPOf(pod, family);
  if (ip === undefined) return undefined;
  const serving = isPodReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const zone = node === undefined ? undefined : zoneOf(node);
  return {
    addresses: [ip],
    conditions: {
      ready: service.spec.publishNotReadyAddresses === true || (serving && !terminating),
      serving,
      terminating,
    },
    ...endpointIdentity(pod, service),
    ...(zone !== undefined && { zone }),
  };
}

/** What of a node an endpoint shows. */
export function zoneOf(node: Pick<NodeObject, 'metadata'>): string | undefined {
  return node.metadata.labels?.[zoneLabel];
}
