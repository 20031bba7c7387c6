/** Services and EndpointSlices for tests: what a case does not name has an unremarkable value. */

import type { Endpoint, EndpointSlice, Service, ServiceSpec } from '../../../src/api/network.ts';

export function endpoint(address: string, fields: Partial<Endpoint> = {}): Endpoint {
  return {
    addresses: [address],
    conditions: { ready: true, serving: true, terminating: false },
    nodeName: 'node-a',
    targetRef: { kind: 'Pod', namespace: 'default', name: `pod-${address}`, uid: `uid-${address}` },
    ...fields,
  };
}

export function slice(
  service: string,
  endpoints: readonly Endpoint[],
  { name = service, port = 8080, portName = 'http' } = {},
): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace: 'default', labels: { 'kubernetes.io/service-name': service } },
    addressType: 'IPv4',
    endpoints,
    ports: [{ name: portName, port, protocol: 'TCP' }],
  };
}

export function service(name: string, spec: ServiceSpec): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { ports: [{ name: 'http', port: 80 }], ...spec },
  };
}
