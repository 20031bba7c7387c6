/** What becomes of the Endpoints of a Service. Pure; the controller does it. */

import type { Labels } from '../../api/meta.ts';
import type { EndpointSubset, Endpoints, Service } from '../../api/network.ts';
import type { Pod } from '../../api/pod.ts';
import { jsonEqual } from '../../store/json-equal.ts';
import { countsAsEndpoint, isHeadless } from './pod-endpoint.ts';
import { followsPods, selects } from './selection.ts';
import { canonicalSubsets, isListedReady, subsetsOf } from './subsets.ts';
import { type Readiness, triggerTimeMs, withTriggerTime } from './trigger-time.ts';
import { endpointAddressesMax, truncateSubsets } from './truncate-subsets.ts';

export const managedByLabel = 'endpoints.kubernetes.io/managed-by';
export const managedByValue = 'endpoint-controller';
const headlessLabel = 'service.kubernetes.io/headless';
const overCapacityAnnotation = 'endpoints.kubernetes.io/over-capacity';

export interface EndpointsSituation {
  /** `undefined`: it does not exist any more. */
  readonly service: Service | undefined;
  /** Others of the namespace may be among them. */
  readonly pods: readonly Pod[];
  /** The object of that name, as it is now. */
  readonly current: Endpoints | undefined;
}

export type EndpointsStep =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'create' | 'update' | 'delete'; readonly object: Endpoints };

const nothing: EndpointsStep = { kind: 'nothing' };

export function decideEndpoints({ service, pods, current }: EndpointsSituation): EndpointsStep {
  if (service === undefined) return current === undefined ? nothing : { kind: 'delete', object: current };
  if (!followsPods(service)) return nothing;
  const includesTerminating = service.spec.publishNotReadyAddresses === true;
  const counted = pods.filter(
    (pod) => selects(service, pod) && countsAsEndpoint(pod, { includesTerminating }),
  );
  const { subsets, isTruncated } = truncateSubsets(subsetsOf(service, counted), endpointAddressesMax);
  const wanted = { subsets: canonicalSubsets(subsets), labels: labelsOf(service), isTruncated };
  if (current !== undefined && isAsWanted(current, wanted)) return nothing;
  const isReady = (pod: Pod) => isListedReady(service, pod);
  const published = current && readinessOf(current);
  // Of a pod that there is no room for, nobody can say whether it is news.
  const triggerMs = isTruncated ? undefined : triggerTimeMs(service, counted, published, isReady);
  const { [overCapacityAnnotation]: _, ...annotations } = current?.metadata.annotations ?? {};
  const object: Endpoints = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      ...(current?.metadata ?? nameOf(service)),
      labels: wanted.labels,
      annotations: {
        ...withTriggerTime(annotations, triggerMs),
        ...(isTruncated && { [overCapacityAnnotation]: 'truncated' }),
      },
    },
    subsets: wanted.subsets,
  };
  return { kind: current === undefined ? 'create' : 'update', object };
}

function nameOf({ metadata: { name = '', namespace = 'default' } }: Service) {
  return { name, namespace };
}

function labelsOf(service: Service): Labels {
  return {
    ...service.metadata.labels,
    [managedByLabel]: managedByValue,
    ...(isHeadless(service) && { [headlessLabel]: '' }),
  };
}

function isAsWanted(
  { metadata, subsets }: Endpoints,
  wanted: {
    readonly subsets: readonly EndpointSubset[];
    readonly labels: Labels;
    readonly isTruncated: boolean;
  },
): boolean {
  const isMarked = metadata.annotations?.[overCapacityAnnotation] === 'truncated';
  return (
    isMarked === wanted.isTruncated &&
    jsonEqual(metadata.labels ?? {}, wanted.labels) &&
    jsonEqual(canonicalSubsets(subsets), wanted.subsets)
  );
}

function readinessOf({ subsets = [] }: Endpoints): Readiness {
  const readiness = new Map<string, boolean>();
  for (const { addresses = [], notReadyAddresses = [] } of subsets) {
    for (const { targetRef } of notReadyAddresses) readiness.set(targetRef?.uid ?? '', false);
    for (const { targetRef } of addresses) readiness.set(targetRef?.uid ?? '', true);
  }
  return readiness;
}
