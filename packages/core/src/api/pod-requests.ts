/** What a pod asks of its node, as Kubernetes adds it up (`component-helpers/resource`, `PodRequests`). */

import { type Container, isSidecar, type PodSpec, type ResourceList } from './pod.ts';
import { milliUnits, parseQuantity, wholeUnits } from './quantity.ts';

/** By the name of the resource: thousandths of a CPU, whole units (bytes) of everything else. */
export type Amounts = ReadonlyMap<string, number>;

/**
 * The containers and sidecars that run side by side, or what one of the steps before them needs where that is more: an
 * init container runs beside the sidecars before it. `requestsOf`: what one container asks for, its own requests when not
 * given.
 */
export function podRequests(
  { containers, initContainers = [] }: PodSpec,
  requestsOf: (container: Container) => Amounts = containerRequests,
): Amounts {
  const total = new Map<string, number>();
  for (const container of containers) add(total, requestsOf(container));
  const sidecars = new Map<string, number>();
  const startup = new Map<string, number>();
  for (const container of initContainers) {
    const own = requestsOf(container);
    const step = new Map(sidecars);
    add(step, own);
    raise(startup, step);
    if (!isSidecar(container)) continue;
    add(sidecars, own);
    add(total, own);
  }
  raise(total, startup);
  return total;
}

export function containerRequests({ resources }: Container): Amounts {
  return amountsOf(resources?.requests ?? {});
}

/** What cannot be read counts as not there: admission has refused it where a user wrote it. */
export function amountsOf(list: ResourceList): Amounts {
  const amounts = new Map<string, number>();
  for (const [resource, text] of Object.entries(list)) {
    const quantity = parseQuantity(text);
    if (quantity === undefined) continue;
    amounts.set(resource, Number(resource === 'cpu' ? milliUnits(quantity) : wholeUnits(quantity)));
  }
  return amounts;
}

function add(total: Map<string, number>, amounts: Amounts): void {
  for (const [resource, amount] of amounts) total.set(resource, (total.get(resource) ?? 0) + amount);
}

function raise(most: Map<string, number>, amounts: Amounts): void {
  for (const [resource, amount] of amounts) most.set(resource, Math.max(most.get(resource) ?? 0, amount));
}
