/** Indices that the caches of every kind have, and those of pods and of slices. */

import type { ApiObject, OwnerReference } from '../api/meta.ts';
import { serviceNameLabel } from '../api/network.ts';
import type { StoredPod } from '../api/pod.ts';
import type { IndexFunction } from '../contract/informer.ts';

/** The reference of the controller that owns the object. */
export function controllerOf({ metadata }: ApiObject): OwnerReference | undefined {
  return metadata.ownerReferences?.find(isController);
}

function isController({ controller }: OwnerReference): boolean {
  return controller === true;
}

/** By namespace. */
export const namespaceIndex = 'namespace';
/** By the UID of the owner that controls the object. */
export const controllerUIDIndex = 'controllerUID';
/** Objects that nobody controls, by namespace. */
export const orphanIndex = 'orphan';
/** Pods by the name of their node. */
export const nodeNameIndex = 'nodeName';
/** EndpointSlices by their Service: `<namespace>/<name>`. */
export const serviceIndex = 'service';

export const commonIndices: Readonly<Record<string, IndexFunction<ApiObject>>> = {
  [namespaceIndex]: ({ metadata }) => metadata.namespace,
  [controllerUIDIndex]: (object) => controllerOf(object)?.uid,
  [orphanIndex]: (object) => (controllerOf(object) === undefined ? object.metadata.namespace : undefined),
};

export const podIndices: Readonly<Record<string, IndexFunction<StoredPod>>> = {
  [nodeNameIndex]: ({ spec }) => spec.nodeName,
};

export const endpointSliceIndices: Readonly<Record<string, IndexFunction<ApiObject>>> = {
  [serviceIndex]: serviceKeyOf,
};

/** The Service of an EndpointSlice: `<namespace>/<name>`. */
export function serviceKeyOf({ metadata: { namespace, labels } }: ApiObject): string | undefined {
  const service = labels?.[serviceNameLabel];
  return service === undefined ? undefined : `${namespace}/${service}`;
}
