/**
 * Which pods a Service selects, and which Services select a pod. Both are found by indices over single labels, so that
 * neither costs a scan: not of 100,000 pods for each Service, and nothing for a pod where there are no Services.
 */

import type { ApiObject, Labels } from '../../api/meta.ts';
import type { Service } from '../../api/network.ts';
import type { Pod, StoredPod } from '../../api/pod.ts';
import { mapSelectorMatches } from '../../api/selector.ts';
import type { Controller, ControllerCaches } from '../../contract/controller.ts';
import { namespaceIndex } from '../../store/common-indices.ts';

/** Pods by each of their labels. */
const labelIndex = 'label';
/** Services by one of the labels that they ask for. */
const selectorIndex = 'selector';

export const selectionIndices: NonNullable<Controller['indices']> = {
  Pod: {
    [labelIndex]: ({ metadata }) => labelValues(metadata.namespace, metadata.labels),
  },
  Service: {
    [selectorIndex]: (service) => {
      const selector = selectorOf(service);
      if (selector === undefined) return undefined;
      return labelValues(service.metadata.namespace, selector)[0] ?? everyPod(service.metadata.namespace);
    },
  },
};

function labelValues(namespace: string | undefined, labels: Labels = {}): readonly string[] {
  return Object.entries(labels).map(([key, value]) => `${namespace}/${key}=${value}`);
}

/** Where Services are found whose selector is empty. */
function everyPod(namespace: string | undefined): string {
  return `${namespace}/`;
}

/** Also of a Service that nobody has validated: an index must not throw. */
function selectorOf(service: ApiObject): Labels | undefined {
  return (service as Partial<Service>).spec?.selector ?? undefined;
}

/** Somebody else keeps the endpoints of a Service without selector; an external name has none. */
export function followsPods(service: Service): boolean {
  return selectorOf(service) !== undefined && service.spec.type !== 'ExternalName';
}

/** An empty selector takes every pod of the namespace, a missing one none. */
export function selects(service: Service, { metadata }: Pick<Pod, 'metadata'>): boolean {
  const selector = selectorOf(service);
  if (selector === undefined || service.metadata.namespace !== metadata.namespace) return false;
  return mapSelectorMatches(selector, metadata.labels ?? {});
}

/** All pods that the Service selects, and others of its namespace. */
export function candidatesFor(service: Service, caches: ControllerCaches): readonly StoredPod[] {
  const { namespace = '' } = service.metadata;
  const pods = caches.cache('Pod');
  const selector = selectorOf(service);
  if (selector === undefined) return [];
  const [first, ...others] = labelValues(namespace, selector).map((value) => pods.byIndex(labelIndex, value));
  if (first === undefined) return pods.byIndex(namespaceIndex, namespace);
  // The rarest label leaves the fewest pods to look at.
  return others.reduce((fewest, some) => (some.length < fewest.length ? some : fewest), first);
}

/** Names of the Services of its namespace that select the pod. */
export function servicesOf(pod: Pick<Pod, 'metadata'>, caches: ControllerCaches): readonly string[] {
  const { namespace, labels } = pod.metadata;
  const services = caches.cache('Service');
  const values = [everyPod(namespace), ...labelValues(namespace, labels)];
  return selectingServices(
    values.flatMap((value) => services.byIndex(selectorIndex, value)),
    pod,
  );
}

export function selectingServices(
  services: readonly Service[],
  pod: Pick<Pod, 'metadata'>,
): readonly string[] {
  return services.filter((service) => selects(service, pod)).map(({ metadata }) => metadata.name ?? '');
}
