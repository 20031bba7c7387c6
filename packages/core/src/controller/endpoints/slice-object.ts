/** The form of an EndpointSlice that the controller keeps: whose it is, its labels, and the object to be written. */

import type { Labels } from '../../api/meta.ts';
import {
  type Endpoint,
  type EndpointSlice,
  type EndpointSlicePort,
  type Service,
  serviceNameLabel,
} from '../../api/network.ts';
import { jsonEqual } from '../../store/json-equal.ts';
import { controllerReference } from '../replication/owner-references.ts';
import { portsKey } from './endpoint-ports.ts';
import { type AddressFamily, isHeadless } from './pod-endpoint.ts';
import { withTriggerTime } from './trigger-time.ts';

export const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
export const managedByValue = 'endpointslice-controller.k8s.io';
const headlessLabel = 'service.kubernetes.io/headless';

/** A slice as it is to be. */
export interface SliceDraft {
  /** The slice that it is made of; `undefined`: a new one. */
  readonly slice: EndpointSlice | undefined;
  readonly family: AddressFamily;
  readonly ports: readonly EndpointSlicePort[];
  readonly endpoints: readonly Endpoint[];
}

/** By UID: a Service of the same name may have been there before. */
export function isOwnedBy({ metadata }: EndpointSlice, service: Service): boolean {
  return metadata.ownerReferences?.some(({ uid }) => uid === service.metadata.uid) ?? false;
}

/** Those of the Service, and the three that consumers look for; what else is there is taken off. */
function labelsOf({ metadata, spec }: Service): Labels {
  const { [headlessLabel]: _, ...labels } = metadata.labels ?? {};
  return {
    ...labels,
    [serviceNameLabel]: metadata.name ?? '',
    [managedByLabel]: managedByValue,
    ...(isHeadless({ spec }) && { [headlessLabel]: '' }),
  };
}

export function hasLabelsOf({ metadata }: EndpointSlice, service: Service): boolean {
  return jsonEqual(metadata.labels ?? {}, labelsOf(service));
}

/** True when nothing has to be written. */
export function isAsWanted({ slice, ports, endpoints }: SliceDraft, service: Service): boolean {
  if (slice === undefined) return false;
  return (
    jsonEqual(slice.endpoints, endpoints) &&
    portsKey(slice.ports) === portsKey(ports) &&
    hasLabelsOf(slice, service)
  );
}

/** A new slice has no name yet: it is generated. */
export function sliceObject(
  { slice, family, ports, endpoints }: SliceDraft,
  service: Service,
  triggerMs: number | undefined,
): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      ...(slice?.metadata ?? newMetadata(service)),
      labels: labelsOf(service),
      annotations: withTriggerTime(slice?.metadata.annotations, triggerMs),
    },
    addressType: family,
    endpoints,
    ports,
  };
}

function newMetadata({ metadata }: Service): EndpointSlice['metadata'] {
  const { namespace = 'default', name = '', uid = '' } = metadata;
  const owner = controllerReference({ apiVersion: 'v1', kind: 'Service', metadata: { name, uid } });
  return { generateName: `${name}-`, namespace, ownerReferences: [owner] };
}
