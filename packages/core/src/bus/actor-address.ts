/** The addresses of the actors that exist. UIDs, not names: a recreated pod never hears its predecessor's mail. */

import { joinAddress, parseAddress } from '../engine/address.ts';

export function podAddress(podUID: string): string {
  return joinAddress('pod', podUID);
}

export function containerAddress(podUID: string, containerName: string): string {
  return joinAddress('pod', podUID, 'container', containerName);
}

/** `probe` is `liveness`, `readiness` or `startup`. */
export function probeAddress(podUID: string, containerName: string, probe: string): string {
  return joinAddress('pod', podUID, 'container', containerName, 'probe', probe);
}

export function nodeAddress(nodeName: string): string {
  return joinAddress('node', nodeName);
}

/** What makes probes for other nodes. */
export function vantageAddress(nodeName: string): string {
  return joinAddress('node', nodeName, 'vantage', 'probes');
}

/** The node whose `vantageAddress` this is. */
export function nodeOfVantage(address: string | undefined): string | undefined {
  const [kind, name, ...rest] = address?.split('/') ?? [];
  return kind === 'node' && rest.join('/') === 'vantage/probes' ? name : undefined;
}

/** What opens streams to the pods of a node: logs, commands, ports. */
export function streamsAddress(nodeName: string): string {
  return joinAddress('node', nodeName, 'service', 'streams');
}

/** The node whose `streamsAddress` this is. */
export function nodeOfStreams(address: string | undefined): string | undefined {
  const [kind, name, ...rest] = address?.split('/') ?? [];
  return kind === 'node' && rest.join('/') === 'service/streams' ? name : undefined;
}

/** `controller` is the name of the controller, `replicaset`; what has no namespace lies one word higher. */
export function controllerAddress(controller: string, namespace: string | undefined, name: string): string {
  if (namespace === undefined) return joinAddress('controller', controller, name);
  return joinAddress('controller', controller, namespace, name);
}

/** The one scheduler of a process. */
export function schedulerAddress(): string {
  return joinAddress('scheduler', 'default');
}

/** One address of a Service: `path` is the number of its port, or `node-port/<number>`. */
export function servicePortAddress(namespace: string, service: string, path: string): string {
  return joinAddress('service', namespace, service, ...path.split('/'));
}

/**
 * How many words follow the address of a pod, in its own and in those of its containers and their probes; `undefined` for other
 * actors, of which there are few. Each costs a subscription.
 */
export function depthsBelow(address: string): readonly number[] | undefined {
  const [kind, ...names] = parseAddress(address);
  return kind === 'pod' && names.length === 1 ? [0, 2, 4] : undefined;
}
