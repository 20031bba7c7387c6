/** Which endpoints a connection may go to (kube-proxy's `CategorizeEndpoints`). Pure. */

import type { Endpoint, EndpointSlice } from '../../api/network.ts';
import { isLoopback } from '../loopback.ts';

/** One address that answers for a port of a Service. */
export interface Backend {
  readonly host: string;
  readonly port: number;
  /** Absent for an endpoint that is no pod. */
  readonly podUID: string | undefined;
}

export interface EndpointChoice {
  /** Of the port of the Service; the port of the slice has the same name. */
  readonly portName: string;
  /** Only endpoints on these nodes; on all nodes when not given. */
  readonly nodes?: ReadonlySet<string> | undefined;
  /** The node is on another machine: its loopback addresses lead to something else here, or nowhere. */
  readonly isElsewhere?: (node: string) => boolean;
}

/**
 * The endpoints that are ready; where none is, those that are terminating and still serve, for want of better ones. Slices
 * may overlap: each address is listed once.
 */
export function usableBackends(slices: readonly EndpointSlice[], choice: EndpointChoice): readonly Backend[] {
  const ready = backendsOf(slices, choice, isReady);
  return ready.length > 0 ? ready : backendsOf(slices, choice, isServingToTheEnd);
}

/** What is not said counts as yes. */
export function isReady({ conditions }: Endpoint): boolean {
  return conditions?.ready ?? true;
}

/** It answers, whether it is on its way out or not. */
export function isServing({ conditions }: Endpoint): boolean {
  return conditions?.serving ?? conditions?.ready ?? true;
}

function isServingToTheEnd(endpoint: Endpoint): boolean {
  return endpoint.conditions?.terminating === true && isServing(endpoint);
}

function backendsOf(
  slices: readonly EndpointSlice[],
  { portName, nodes, isElsewhere = () => false }: EndpointChoice,
  isWanted: (endpoint: Endpoint) => boolean,
): readonly Backend[] {
  const found = new Map<string, Backend>();
  for (const { addressType, endpoints, ports } of slices) {
    const port = ports?.find(
      ({ name = '', protocol = 'TCP' }) => name === portName && protocol === 'TCP',
    )?.port;
    // A name would have to be resolved; kube-proxy leaves them out too.
    if (port === undefined || addressType === 'FQDN') continue;
    for (const endpoint of endpoints ?? []) {
      const { addresses, nodeName, targetRef } = endpoint;
      const [host] = addresses;
      if (host === undefined || !isWanted(endpoint)) continue;
      if (nodes !== undefined && (nodeName === undefined || !nodes.has(nodeName))) continue;
      if (nodeName !== undefined && isLoopback(host) && isElsewhere(nodeName)) continue;
      found.set(`${host} ${port}`, { host, port, podUID: targetRef?.uid });
    }
  }
  return [...found.values()];
}

export function sameBackend(a: Backend, b: Backend): boolean {
  return a.host === b.host && a.port === b.port;
}
