/** The ports of a Service as a pod offers them. */

import type { EndpointPort, EndpointSlicePort, Service, ServicePort } from '../../api/network.ts';
import { type Container, isSidecar, type Pod } from '../../api/pod.ts';

/** Pods that offer the ports of a Service under the same numbers. */
export interface PodsOfPorts {
  /** One for each port of the Service; `undefined` where these pods have no such port. */
  readonly numbers: readonly (number | undefined)[];
  readonly pods: Pod[];
}

/** Pods that resolve a named port to different numbers end up in different groups. */
export function groupByPorts({ spec }: Pick<Service, 'spec'>, pods: Iterable<Pod>): readonly PodsOfPorts[] {
  const ports = spec.ports ?? [];
  const groups = new Map<string, PodsOfPorts>();
  for (const pod of pods) {
    const numbers = ports.map((port) => findPort(pod, port));
    const key = numbers.join();
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { numbers, pods: [pod] });
    else group.pods.push(pod);
  }
  return [...groups.values()];
}

/**
 * A number stands for itself, whether a container declares it or not. A name is looked for with its protocol, in the app
 * containers first, then in the sidecars; `undefined` when no container has it.
 */
export function findPort({ spec }: Pick<Pod, 'spec'>, servicePort: ServicePort): number | undefined {
  const { targetPort = servicePort.port, protocol = 'TCP' } = servicePort;
  if (typeof targetPort === 'number') return targetPort;
  const find = (containers: readonly Container[]) =>
    containers
      .flatMap(({ ports = [] }) => ports)
      .find((port) => port.name === targetPort && (port.protocol ?? 'TCP') === protocol)?.containerPort;
  return find(spec.containers) ?? find((spec.initContainers ?? []).filter(isSidecar));
}

/** What a slice says about ports. The name is there even when it is empty, as Kubernetes writes it. */
export function slicePorts(
  { spec }: Pick<Service, 'spec'>,
  { numbers }: Pick<PodsOfPorts, 'numbers'>,
): readonly EndpointSlicePort[] {
  return withNumbers(spec.ports, numbers).map(([port, number]) => ({
    name: port.name ?? '',
    port: number,
    protocol: port.protocol ?? 'TCP',
    ...(port.appProtocol !== undefined && { appProtocol: port.appProtocol }),
  }));
}

/** What Endpoints say about ports. */
export function endpointPorts(
  { spec }: Pick<Service, 'spec'>,
  { numbers }: Pick<PodsOfPorts, 'numbers'>,
): readonly EndpointPort[] {
  return withNumbers(spec.ports, numbers).map(([port, number]) => ({
    ...(port.name && { name: port.name }),
    port: number,
    protocol: port.protocol ?? 'TCP',
    ...(port.appProtocol !== undefined && { appProtocol: port.appProtocol }),
  }));
}

function withNumbers(
  ports: readonly ServicePort[] = [],
  numbers: readonly (number | undefined)[],
): readonly (readonly [ServicePort, number])[] {
  return ports.flatMap((port, i) => {
    const number = numbers[i];
    return number === undefined ? [] : [[port, number] as const];
  });
}

/** Equal for equal ports, and for lists of equal ports in whatever order. */
export function portsKey(ports: readonly EndpointSlicePort[] | null | undefined): string {
  return (ports ?? []).map(portKey).sort().join(' ');
}

export function portKey({ name = '', port, protocol = 'TCP', appProtocol }: EndpointSlicePort): string {
  return JSON.stringify([name, protocol, port ?? null, appProtocol ?? null]);
}
