import type { Container, Pod, ResourceFieldSelector, ResourceList } from '../../api/pod.ts';
import { dividedBy, parseQuantity, type Quantity } from '../../api/quantity.ts';
import { type Answer, found, missing } from './surroundings.ts';

/** A container that sets no limit on these may use what the node has. */
const limitedByNode = ['cpu', 'memory', 'ephemeral-storage'];
const one: Quantity = { nanos: 1_000_000_000n, format: 'decimal' };

/**
 * `resourceFieldRef`: a limit or request of a container of the pod, in units of `divisor`, rounded up. An unset limit
 * is what the node can allocate, an unset request is 0.
 */
export function resourceField(
  pod: Pod,
  selector: ResourceFieldSelector,
  allocatable: ResourceList,
): Answer<string> {
  const container = containerNamed(pod, selector.containerName ?? '');
  if (container === undefined) return missing(`container ${selector.containerName ?? ''} not found`);
  const [, list, resource = ''] = /^(limits|requests)\.(.+)$/s.exec(selector.resource) ?? [];
  const isKnown = limitedByNode.includes(resource) || resource.startsWith('hugepages-');
  if (!isKnown) return missing(`unsupported container resource: ${selector.resource}`);
  const { limits = {}, requests = {} } = container.resources ?? {};
  const ofNode = limitedByNode.includes(resource) ? (allocatable[resource] ?? 0) : 0;
  const written = list === 'limits' ? (limits[resource] ?? ofNode) : (requests[resource] ?? 0);
  const quantity = parseQuantity(written);
  const divisor = selector.divisor === undefined ? one : parseQuantity(selector.divisor);
  if (quantity === undefined || divisor === undefined)
    return missing(`unreadable quantity in ${selector.resource}: ${written} / ${selector.divisor ?? 1}`);
  return found(String(dividedBy(quantity, divisor)));
}

function containerNamed(pod: Pod, name: string): Container | undefined {
  const isIt = (container: Container) => container.name === name;
  return pod.spec.containers.find(isIt) ?? pod.spec.initContainers?.find(isIt);
}
