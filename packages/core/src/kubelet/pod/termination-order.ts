/** Who waits for whom when a pod is stopped. */

import { isSidecar, type Pod } from '../../api/pod.ts';

/**
 * The containers that must have ended before this one gets its stop signal, for as long as grace remains: none for app
 * and plain init containers; for a sidecar all app containers, which may still need it, and the sidecars after it.
 * Hooks do not wait: the preStop hook of a sidecar runs at once.
 */
export function stopsAfter({ spec }: Pick<Pod, 'spec'>, containerName: string): readonly string[] {
  const sidecars = (spec.initContainers ?? []).filter(isSidecar);
  const place = sidecars.findIndex(({ name }) => name === containerName);
  if (place < 0) return [];
  return [...spec.containers, ...sidecars.slice(place + 1)].map(({ name }) => name);
}
