/** The variables that tell a container where services are (`REDIS_SERVICE_HOST` and its kin). */

import { joinHostPort } from '../../api/go-url.ts';
import type { ServiceAddress } from './surroundings.ts';

/**
 * The services of the pod's own namespace, when `enableServiceLinks`, and the API server's (`kubernetes` in `default`)
 * in any case.
 */
export function serviceVariables(
  services: readonly ServiceAddress[],
  pod: { readonly namespace: string; readonly enableServiceLinks: boolean },
): ReadonlyMap<string, string> {
  const byName = new Map<string, ServiceAddress>();
  for (const service of services) {
    if (!hasAddress(service)) continue;
    // A service of the pod's own namespace goes before the API server's, should they share the name.
    if (pod.enableServiceLinks && service.namespace === pod.namespace) byName.set(service.name, service);
    else if (isApiServer(service) && !byName.has(service.name)) byName.set(service.name, service);
  }
  return new Map([...byName.values()].flatMap(variablesOf));
}

function hasAddress(service: ServiceAddress): boolean {
  return service.clusterIP !== undefined && service.clusterIP !== '' && service.clusterIP !== 'None';
}

function isApiServer(service: ServiceAddress): boolean {
  return service.namespace === 'default' && service.name === 'kubernetes';
}

function variablesOf(service: ServiceAddress): [string, string][] {
  const { clusterIP = '', ports } = service;
  const first = ports[0];
  if (first === undefined) return [];
  const name = variableName(service.name);
  const variables: [string, string][] = [
    [`${name}_SERVICE_HOST`, clusterIP],
    [`${name}_SERVICE_PORT`, String(first.port)],
  ];
  for (const port of ports) {
    if (port.name !== undefined && port.name !== '')
      variables.push([`${name}_SERVICE_PORT_${variableName(port.name)}`, String(port.port)]);
  }
  variables.push([`${name}_PORT`, portUrl(clusterIP, first)]);
  for (const port of ports) {
    const protocol = port.protocol ?? 'TCP';
    const prefix = `${name}_PORT_${port.port}_${protocol.toUpperCase()}`;
    variables.push(
      [prefix, portUrl(clusterIP, port)],
      [`${prefix}_PROTO`, protocol.toLowerCase()],
      [`${prefix}_PORT`, String(port.port)],
      [`${prefix}_ADDR`, clusterIP],
    );
  }
  return variables;
}

function portUrl(host: string, port: ServiceAddress['ports'][number]): string {
  const protocol = (port.protocol ?? 'TCP').toLowerCase();
  return `${protocol}://${joinHostPort(host, port.port)}`;
}

function variableName(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}
