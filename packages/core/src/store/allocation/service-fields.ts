/**
 * What a Service has been given. Pure. Fields of Services are looked at with care: a store may hold ones that nobody has
 * validated.
 */

import type { ApiObject } from '../../api/meta.ts';
import type { Service, ServicePort, ServiceSpec } from '../../api/network.ts';

export function isService(object: ApiObject): object is Service {
  const { spec } = object as Partial<Service>;
  return object.kind === 'Service' && typeof spec === 'object' && spec !== null;
}

/** Empty when there is none, or none that it could have. */
export function clusterIPOf({ clusterIP, clusterIPs }: ServiceSpec): string {
  const address = clusterIP || clusterIPs?.[0];
  return typeof address === 'string' && address !== 'None' ? address : '';
}

export function portsOf({ ports }: ServiceSpec): readonly ServicePort[] {
  return Array.isArray(ports) ? ports.filter((port) => typeof port === 'object' && port !== null) : [];
}

export function nodePortsOf(spec: ServiceSpec): readonly number[] {
  return portsOf(spec).flatMap(({ nodePort }) => (nodePort ? [nodePort] : []));
}
