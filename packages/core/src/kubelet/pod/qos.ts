/** The quality-of-service class of a pod (upstream `qos.ComputePodQOS`): only CPU and memory count. */

import type { Container, PodSpec } from '../../api/pod.ts';
import { ownContainers } from '../../api/pod-containers.ts';
import { compareQuantities, parseQuantity, type Quantity } from '../../api/quantity.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

const resources = ['cpu', 'memory'] as const;
type Resource = (typeof resources)[number];

/**
 * `Guaranteed`: every container limits both and asks for no less. `BestEffort`: no container says anything. An amount of
 * zero counts as not said.
 */
export function qosClass(spec: PodSpec): QosClass {
  const all = ownContainers({ spec });
  if (all.every(saysNothing)) return 'BestEffort';
  return all.every(isGuaranteed) ? 'Guaranteed' : 'Burstable';
}

function saysNothing({ resources: own }: Container): boolean {
  return resources.every(
    (resource) =>
      amount(own?.requests, resource) === undefined && amount(own?.limits, resource) === undefined,
  );
}

/** A request that is left out equals the limit; a request of zero is a wish for less. */
function isGuaranteed({ resources: own }: Container): boolean {
  return resources.every((resource) => {
    const limit = amount(own?.limits, resource);
    const request = own?.requests?.[resource] === undefined ? limit : amount(own.requests, resource);
    return limit !== undefined && request !== undefined && compareQuantities(request, limit) === 0;
  });
}

function amount(
  list: Readonly<Record<string, string | number>> | undefined,
  resource: Resource,
): Quantity | undefined {
  const text = list?.[resource];
  const quantity = text === undefined ? undefined : parseQuantity(text);
  return quantity !== undefined && quantity.nanos > 0n ? quantity : undefined;
}
