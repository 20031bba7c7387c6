/** Fills in what manifests of Services, Endpoints and EndpointSlices leave out. */

import { carryOver } from './carry-over-service.ts';
import type { Draft } from './draft.ts';
import type { EndpointSlice, Endpoints, Service, ServicePort, ServiceSpec } from './network.ts';
import { isExternallyAccessible } from './service-type.ts';

const affinityTimeoutSeconds = 10_800;

/** `stored` is the service that this one is an update of: what the cluster has given to it stays. */
export function defaultService(service: Draft<Service>, stored?: Draft<Service>): Draft<Service> {
  const typed = withTypeAndPorts(service.spec ?? {});
  const spec = stored === undefined ? typed : carryOver(typed, stored.spec ?? {});
  const { clusterIP, type } = spec;
  const internalTrafficPolicy = spec.internalTrafficPolicy || (type !== 'ExternalName' && 'Cluster');
  const externalTrafficPolicy = spec.externalTrafficPolicy || (isExternallyAccessible(spec) && 'Cluster');
  return {
    ...service,
    spec: {
      ...withAffinity(spec),
      ...(clusterIP && { clusterIPs: spec.clusterIPs ?? [clusterIP] }),
      ...(internalTrafficPolicy && { internalTrafficPolicy }),
      ...(externalTrafficPolicy && { externalTrafficPolicy }),
    },
  };
}

/** An empty selector is none, as in the storage of Kubernetes: it does not lead to every pod of the namespace. */
function withTypeAndPorts({ selector = {}, ...spec }: Draft<ServiceSpec>): Draft<ServiceSpec> {
  const { ports } = spec;
  return {
    ...spec,
    ...(Object.keys(selector).length > 0 && { selector }),
    type: spec.type || 'ClusterIP',
    ...(ports && { ports: ports.map(defaultServicePort) }),
  };
}

/** A time-out makes sense beside an affinity only. */
function withAffinity(spec: Draft<ServiceSpec>): Draft<ServiceSpec> {
  const { sessionAffinityConfig, ...rest } = spec;
  const sessionAffinity = spec.sessionAffinity || 'None';
  if (sessionAffinity === 'None') return { ...rest, sessionAffinity };
  const timeoutSeconds = sessionAffinityConfig?.clientIP?.timeoutSeconds ?? affinityTimeoutSeconds;
  const isByClient = sessionAffinity === 'ClientIP';
  const config = isByClient ? { clientIP: { timeoutSeconds } } : sessionAffinityConfig;
  return { ...rest, sessionAffinity, ...(config && { sessionAffinityConfig: config }) };
}

function defaultServicePort(port: Draft<ServicePort>): Draft<ServicePort> {
  const targetPort = port.targetPort || port.port;
  return {
    ...port,
    protocol: port.protocol || 'TCP',
    ...(targetPort !== undefined && { targetPort }),
  };
}

export function defaultEndpoints(endpoints: Draft<Endpoints>): Draft<Endpoints> {
  const { subsets } = endpoints;
  if (subsets === undefined) return endpoints;
  return {
    ...endpoints,
    subsets: subsets.map(({ ports, ...subset }) => ({
      ...subset,
      ...(ports && { ports: ports.map((port) => ({ ...port, protocol: port.protocol || 'TCP' })) }),
    })),
  };
}

export function defaultEndpointSlice(slice: Draft<EndpointSlice>): Draft<EndpointSlice> {
  const { endpoints = [], ports } = slice;
  if (ports === undefined) return { ...slice, endpoints };
  return {
    ...slice,
    endpoints,
    ports: ports.map((port) => ({ ...port, name: port.name ?? '', protocol: port.protocol || 'TCP' })),
  };
}
