/** Where a Service is to be reached, as its spec says. Pure. */

import type { Service, ServicePort } from '../../api/network.ts';

/** One address and port to listen on, and where its connections go. */
export interface ServicePortAddress {
  /** The end of its actor's address: `8080`, or `node-port/30080`. */
  readonly path: string;
  readonly host: string;
  readonly port: number;
  readonly target: ServiceTarget;
}

/** What a connection asks for. */
export interface ServiceTarget {
  readonly namespace: string;
  readonly service: string;
  readonly portName: string;
  /** Only endpoints on nodes of this process. */
  readonly isLocal: boolean;
  /** For so long a client comes back to the endpoint it had (`sessionAffinity: ClientIP`). */
  readonly affinityMs: number | undefined;
}

/** A port that cannot be served, and why. */
export interface UnsupportedPort {
  readonly port: number;
  readonly protocol: string;
}

export interface ServicePorts {
  readonly addresses: readonly ServicePortAddress[];
  readonly unsupported: readonly UnsupportedPort[];
}

const affinitySecondsDefault = 10_800;

/** `nodeHost`: where node ports are opened. */
export function servicePorts(service: Service, nodeHost: string): ServicePorts {
  const { spec, metadata } = service;
  const { namespace = 'default', name = '' } = metadata;
  const clusterIP = spec.type === 'ExternalName' ? undefined : spec.clusterIP;
  if (!clusterIP || clusterIP === 'None') return { addresses: [], unsupported: [] };
  const ports = spec.ports ?? [];
  const isTCP = ({ protocol = 'TCP' }: ServicePort) => protocol === 'TCP';
  const addresses = ports.filter(isTCP).flatMap((port): ServicePortAddress[] => {
    const target = (policy: string | undefined): ServiceTarget => ({
      namespace,
      service: name,
      portName: port.name ?? '',
      isLocal: policy === 'Local',
      affinityMs: affinityMs(service),
    });
    const { nodePort } = port;
    const path = String(port.port);
    const own = { path, host: clusterIP, port: port.port, target: target(spec.internalTrafficPolicy) };
    if (!nodePort) return [own];
    const outer = target(spec.externalTrafficPolicy);
    return [own, { path: `node-port/${nodePort}`, host: nodeHost, port: nodePort, target: outer }];
  });
  const unsupported = ports
    .filter((port) => !isTCP(port))
    .map(({ port, protocol = '' }) => ({ port, protocol }));
  return { addresses, unsupported };
}

function affinityMs({ spec }: Service): number | undefined {
  if (spec.sessionAffinity !== 'ClientIP') return undefined;
  return (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? affinitySecondsDefault) * 1000;
}
