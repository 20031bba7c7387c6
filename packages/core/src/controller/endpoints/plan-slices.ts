/** What becomes of the slices of a Service. Pure; the controller does it. */

import type { Endpoint, EndpointSlice, EndpointSlicePort, Service } from '../../api/network.ts';
import type { NodeObject } from '../../api/objects.ts';
import type { Pod } from '../../api/pod.ts';
import { isPodReady } from '../../api/pod-readiness.ts';
import { groupByPorts, portsKey, slicePorts } from './endpoint-ports.ts';
import { packEndpoints } from './pack-slices.ts';
import { type AddressFamily, countsAsEndpoint, familiesOf, podEndpoint } from './pod-endpoint.ts';
import { selects } from './selection.ts';
import { hasLabelsOf, isAsWanted, isOwnedBy, type SliceDraft, sliceObject } from './slice-object.ts';
import { type Readiness, triggerTimeMs } from './trigger-time.ts';

export interface SliceSituation {
  readonly service: Service;
  /** Others of the namespace may be among them. */
  readonly pods: readonly Pod[];
  /** Those that this controller keeps for a Service of that name, whoever owns them. */
  readonly slices: readonly EndpointSlice[];
  /** By name; `undefined` where nobody keeps Node objects, so that none can be missing. */
  readonly nodes: ((name: string) => NodeObject | undefined) | undefined;
  /** Endpoints in one slice. */
  readonly endpointsMax: number;
}

export interface SlicePlan {
  readonly create: readonly EndpointSlice[];
  readonly update: readonly EndpointSlice[];
  readonly remove: readonly EndpointSlice[];
}

export function planSlices(situation: SliceSituation): SlicePlan {
  const { service } = situation;
  const families = familiesOf(service);
  const isUsable = (slice: EndpointSlice) =>
    isOwnedBy(slice, service) && families.some((family) => family === slice.addressType);
  // Whoever changes a slice by hand may leave out the list: that is an empty one.
  const slices = situation.slices
    .filter(isUsable)
    .map((slice) => ({ ...slice, endpoints: slice.endpoints ?? [] }));
  const pods = situation.pods.filter((pod) => getsEndpoint(pod, situation));
  const plans = families.map((family) => planFamily({ ...situation, slices, pods }, family));
  const written = plans.flatMap(({ drafts }) => drafts).filter((draft) => !isAsWanted(draft, service));
  const triggerMs =
    written.length === 0 ? undefined : triggerTimeMs(service, pods, servingOf(slices), isPodReady);
  const objects = written.map((draft) => sliceObject(draft, service, triggerMs));
  const isNew = ({ metadata }: EndpointSlice) => metadata.name === undefined;
  return {
    // While its Service is being deleted the garbage collector takes slices away: none may come after them.
    create: service.metadata.deletionTimestamp === undefined ? objects.filter(isNew) : [],
    update: objects.filter((object) => !isNew(object)),
    remove: [
      ...situation.slices.filter((slice) => !isUsable(slice)),
      ...plans.flatMap(({ unneeded }) => unneeded),
    ],
  };
}

/** A pod whose node does not exist any more gets no traffic, unless its address is wanted whatever the state of the pod. */
function getsEndpoint(pod: Pod, { service, nodes }: SliceSituation): boolean {
  if (!selects(service, pod) || !countsAsEndpoint(pod, { includesTerminating: true })) return false;
  if (nodes === undefined || service.spec.publishNotReadyAddresses === true) return true;
  return pod.spec.nodeName !== undefined && nodes(pod.spec.nodeName) !== undefined;
}

interface FamilyPlan {
  readonly drafts: readonly SliceDraft[];
  readonly unneeded: readonly EndpointSlice[];
}

/** Slices of another address family cannot be reused: the family of a slice never changes. */
function planFamily(situation: SliceSituation, family: AddressFamily): FamilyPlan {
  const packed = packGroups(situation, family);
  const used = packed.filter(({ endpoints }) => endpoints.length > 0);
  const unneeded = packed.flatMap(({ slice, endpoints }) =>
    slice !== undefined && endpoints.length === 0 ? [slice] : [],
  );
  // A Service without endpoints keeps a slice that says so.
  if (used.length === 0) used.push({ slice: undefined, family, ports: [], endpoints: [] });
  // One slice written instead of one deleted and another created.
  const drafts = used.map((draft) => ({ ...draft, slice: draft.slice ?? unneeded.shift() }));
  return { drafts, unneeded };
}

interface PortGroup {
  readonly ports: readonly EndpointSlicePort[];
  readonly slices: EndpointSlice[];
  readonly endpoints: Endpoint[];
}

/** Each list of ports has its own slices. */
function packGroups(situation: SliceSituation, family: AddressFamily): SliceDraft[] {
  const { service, endpointsMax } = situation;
  const isOutdated = (slice: EndpointSlice) => !hasLabelsOf(slice, service);
  return portGroups(situation, family).flatMap(({ ports, slices, endpoints }) =>
    packEndpoints(slices, endpoints, { endpointsMax, isOutdated }).map((packed) => ({
      ...packed,
      family,
      ports,
    })),
  );
}

function portGroups(
  { service, pods, slices, nodes }: SliceSituation,
  family: AddressFamily,
): readonly PortGroup[] {
  const groups = new Map<string, PortGroup>();
  const groupOf = (ports: readonly EndpointSlicePort[]): PortGroup => {
    const key = portsKey(ports);
    const known = groups.get(key);
    if (known !== undefined) return known;
    const group: PortGroup = { ports, slices: [], endpoints: [] };
    groups.set(key, group);
    return group;
  };
  for (const podsOfPorts of groupByPorts(service, pods)) {
    const { endpoints } = groupOf(slicePorts(service, podsOfPorts));
    for (const pod of podsOfPorts.pods) {
      const endpoint = podEndpoint(pod, service, nodes?.(pod.spec.nodeName ?? ''), family);
      if (endpoint !== undefined) endpoints.push(endpoint);
    }
  }
  for (const slice of slices) if (slice.addressType === family) groupOf(slice.ports ?? []).slices.push(slice);
  return [...groups.values()];
}

/** `undefined` when there is no slice yet. */
function servingOf(slices: readonly EndpointSlice[]): Readiness | undefined {
  if (slices.length === 0) return undefined;
  const endpoints = slices.flatMap((slice) => slice.endpoints);
  return new Map(
    endpoints.map(({ targetRef, conditions }) => [targetRef?.uid ?? '', conditions?.serving === true]),
  );
}
