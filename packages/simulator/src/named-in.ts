import type { ContainerStatus } from '@mooring/core';

/** The IDs of all instances that statuses name, as the engine gave them. */
export function namedIn(statuses: readonly ContainerStatus[]): ReadonlySet<string> {
  const named = statuses.flatMap(({ containerID, lastState }) => [
    containerID,
    lastState?.terminated?.containerID,
  ]);
  return new Set(named.flatMap((id) => id?.split('://')[1] ?? []));
}
