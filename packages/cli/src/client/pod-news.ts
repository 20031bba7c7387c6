/** What was said of a pod lately, where something was wrong: readiness that is lost, an image that is not found, an end that is under way. Pure. */

import type { KubeEvent } from '@mooring/core';

export interface PodNews {
  /** When it was said last. */
  readonly at: string;
  readonly reason: string;
  readonly message: string;
  /** How often. */
  readonly count: number;
}

/** Of what an agent does itself an event says `Normal`; that it ends a container is worth telling all the same. */
function isNews({ type, reason }: KubeEvent): boolean {
  // Each end is told with all that is known of it.
  if (reason === 'ContainerExited') return false;
  return type === 'Warning' || reason === 'Killing';
}

/** The newest of them last. */
export function newsOf(events: readonly KubeEvent[], most: number): readonly PodNews[] {
  return events
    .filter(isNews)
    .toSorted((a, b) => Date.parse(a.lastTimestamp) - Date.parse(b.lastTimestamp))
    .slice(-most)
    .map(({ lastTimestamp: at, reason, message, count = 1 }) => ({ at, reason, message, count }));
}

/** Where the API server has the events of a pod. */
export function eventsPath(namespace: string, podUID: string): string {
  const query = new URLSearchParams({ fieldSelector: `involvedObject.uid=${podUID}` });
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/events?${query}`;
}
