/** Which changes of pods and nodes lead to a look at which Services. */

import type { Pod } from '../../api/pod.ts';
import {
  type ControllerCaches,
  type ControllerWatch,
  type ObjectChange,
  type ReconcileRequest,
  watchKind,
} from '../../contract/controller.ts';
import { nodeNameIndex } from '../../store/common-indices.ts';
import { podChange, servicesToUpdate } from './pod-change.ts';
import { countsAsEndpoint, zoneOf } from './pod-endpoint.ts';
import { servicesOf } from './selection.ts';

/** What others do to our objects is looked at so much later, lest two writers who do not agree chase each other. */
export const foreignChangeMs = 1000;

export const podWatch: ControllerWatch = watchKind('Pod', (change, caches) => {
  const { namespace } = change.object.metadata;
  return requestsFor(namespace, servicesConcerned(change, caches));
});

/** Endpoints show the zone of their node, and a pod whose node is gone gets no traffic. */
export const nodeWatch: ControllerWatch = watchKind('Node', ({ object, old, isDeleted }, caches) => {
  if (!isDeleted && old !== undefined && zoneOf(old) === zoneOf(object)) return [];
  const pods = caches.cache('Pod').byIndex(nodeNameIndex, object.metadata.name);
  return pods.flatMap((pod) => requestsFor(pod.metadata.namespace, servicesOf(pod, caches)));
});

function servicesConcerned(
  { object, old, isDeleted }: ObjectChange<Pod>,
  caches: ControllerCaches,
): readonly string[] {
  if (isDeleted || old === undefined) return counts(object) ? servicesOf(object, caches) : [];
  const { isPodChanged, areLabelsChanged } = podChange(old, object);
  if (!isPodChanged && !areLabelsChanged) return [];
  // A pod that is no endpoint yet, or has not been one for long, may change as it likes.
  if (!counts(old) && !counts(object)) return [];
  const now = servicesOf(object, caches);
  return servicesToUpdate(areLabelsChanged ? servicesOf(old, caches) : now, now, isPodChanged);
}

function counts(pod: Pod): boolean {
  return countsAsEndpoint(pod, { includesTerminating: true });
}

function requestsFor(
  namespace: string | undefined,
  services: readonly string[],
): readonly ReconcileRequest[] {
  return services.map((name) => ({ namespace, name }));
}
