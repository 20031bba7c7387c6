/** Where a probe goes: addresses, ports and commands, resolved as the kubelet does it. */

import type { Container, ContainerPort, EnvVar, IntOrString } from '../../api/pod.ts';
import { MooringError } from '../../contract/error.ts';
import type { ProbeTarget } from '../../contract/prober.ts';
import { expand } from '../expand.ts';

/** What an attempt is given: the facts of the moment, and the lookups in the container's spec. */
export function probeTarget(
  facts: Omit<ProbeTarget, 'resolvePort' | 'expand'>,
  container: Pick<Container, 'ports' | 'env'>,
): ProbeTarget {
  // Not by spread: see `newObject` of the store.
  return Object.assign({}, facts, {
    resolvePort: (port: IntOrString) => resolvePort(port, container.ports ?? []),
    expand: (words: readonly string[]) => expandProbeCommand(words, container.env ?? []),
  });
}

/** The address of a network probe: the host it names, else the pod's own. Throws as `resolvePort` does. */
export function resolveTarget(
  action: { readonly host?: string; readonly port: IntOrString },
  target: Pick<ProbeTarget, 'podIP' | 'resolvePort'>,
): { readonly host: string; readonly port: number } {
  return { host: action.host || target.podIP, port: target.resolvePort(action.port) };
}

/**
 * The number of a port given as number or name. A name is looked up in the ports of the same container, then read as a
 * number. Throws `INVALID` with the kubelet's words when neither works.
 */
export function resolvePort(port: IntOrString, containerPorts: readonly ContainerPort[]): number {
  const number = typeof port === 'number' ? port : (portNamed(port, containerPorts) ?? readPort(port));
  if (!Number.isInteger(number) || number < 1 || number > 65_535) {
    throw new MooringError('INVALID', `invalid port number: ${number}`);
  }
  return number;
}

/** `$(NAME)` in the words of an exec probe. Only values that stand in the manifest: what `valueFrom` gives counts as empty. */
export function expandProbeCommand(words: readonly string[], env: readonly EnvVar[]): readonly string[] {
  const values = new Map(env.map(({ name, value }) => [name, value ?? '']));
  return words.map((word) => expand(word, (name) => values.get(name)));
}

function portNamed(name: string, containerPorts: readonly ContainerPort[]): number | undefined {
  return containerPorts.find((port) => port.name === name)?.containerPort;
}

function readPort(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) {
    throw new MooringError('INVALID', `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return Number(text);
}
