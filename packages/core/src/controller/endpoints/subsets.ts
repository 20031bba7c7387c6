/** Addresses and ports in the canonical form of Endpoints: ports that the same pods offer stand together. */

import type { EndpointAddress, EndpointPort, EndpointSubset, Service } from '../../api/network.ts';
import type { Pod } from '../../api/pod.ts';
import { isPodReady } from '../../api/pod-readiness.ts';
import { endpointPorts, groupByPorts, type PodsOfPorts, portKey } from './endpoint-ports.ts';
import { endpointIdentity, familiesOf, isHeadless, podIPOf } from './pod-endpoint.ts';

/** Sorted, so that the same pods give the same subsets. Pods that offer no port are left out. */
export function subsetsOf(service: Service, pods: readonly Pod[]): readonly EndpointSubset[] {
  if ((service.spec.ports ?? []).length === 0)
    return isHeadless(service) ? canonicalSubsets([subsetOf(service, pods, [])]) : [];
  const groups = groupByPorts(service, pods);
  const subsets = portsOfSameGroups(service, groups).map(({ ports, offering }) => {
    const offeringPods = offering.flatMap((i) => groups[i]?.pods ?? []);
    return subsetOf(service, offeringPods, ports);
  });
  return canonicalSubsets(subsets);
}

interface OfferedPorts {
  readonly ports: EndpointPort[];
  /** Which of the groups of pods offer them. */
  readonly offering: readonly number[];
}

/** No two groups share a pod, so ports that the same groups offer are those that the same pods offer. */
function portsOfSameGroups(service: Service, groups: readonly PodsOfPorts[]): readonly OfferedPorts[] {
  const offeringOf = new Map<string, { readonly port: EndpointPort; readonly offering: number[] }>();
  for (const [i, group] of groups.entries()) {
    for (const port of endpointPorts(service, group)) {
      const known = offeringOf.get(portKey(port));
      if (known === undefined) offeringOf.set(portKey(port), { port, offering: [i] });
      else known.offering.push(i);
    }
  }
  const byOffering = new Map<string, OfferedPorts>();
  for (const { port, offering } of offeringOf.values()) {
    const known = byOffering.get(offering.join());
    if (known === undefined) byOffering.set(offering.join(), { ports: [port], offering });
    else known.ports.push(port);
  }
  return [...byOffering.values()];
}

/** True when an address of the pod is listed among the ready ones. */
export function isListedReady({ spec }: Pick<Service, 'spec'>, pod: Pod): boolean {
  return spec.publishNotReadyAddresses === true || isPodReady(pod);
}

function subsetOf(service: Service, pods: readonly Pod[], ports: readonly EndpointPort[]): EndpointSubset {
  const addresses: EndpointAddress[] = [];
  const notReadyAddresses: EndpointAddress[] = [];
  const [family = 'IPv4'] = familiesOf(service);
  for (const pod of pods) {
    const ip = podIPOf(pod, family);
    if (ip === undefined) continue;
    const list = isListedReady(service, pod) ? addresses : notReadyAddresses;
    list.push({ ip, ...endpointIdentity(pod, service) });
  }
  return { addresses, notReadyAddresses, ports };
}

/** Everything in its place, and nothing that is empty: equal subsets are then equal JSON. */
export function canonicalSubsets(subsets: readonly EndpointSubset[] | undefined): readonly EndpointSubset[] {
  return (subsets ?? [])
    .map(({ addresses, notReadyAddresses, ports }) => ({
      ...filled('addresses', sortedBy(addresses, addressKey)),
      ...filled('notReadyAddresses', sortedBy(notReadyAddresses, addressKey)),
      ...filled('ports', sortedBy(ports, portKey)),
    }))
    .filter(({ addresses, notReadyAddresses }) => addresses !== undefined || notReadyAddresses !== undefined)
    .sort((a, b) => compare(subsetKey(a), subsetKey(b)));
}

function filled<K extends keyof EndpointSubset>(
  key: K,
  list: NonNullable<EndpointSubset[K]>,
): Pick<EndpointSubset, K> {
  return (list.length === 0 ? {} : { [key]: list }) as Pick<EndpointSubset, K>;
}

function sortedBy<T>(list: readonly T[] | undefined, keyOf: (item: T) => string): readonly T[] {
  return (list ?? [])
    .map((item) => ({ item, key: keyOf(item) }))
    .sort((a, b) => compare(a.key, b.key))
    .map(({ item }) => item);
}

function addressKey({ ip, targetRef }: EndpointAddress): string {
  return `${ip} ${targetRef?.uid ?? ''}`;
}

function subsetKey({ ports = [] }: EndpointSubset): string {
  return ports.map(portKey).join(' ');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
