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

/** The newest of them last; an event says `Normal` of what an agent does itself, and an end is worth telling all the same. */
export function newsOf(events: readonly KubeEvent[], most: number): readonly PodNews[] {
  return events
    .filter(({ type, reason }) => type === 'Warning' || reason === 'Killing')
    .toSorted((a, b) => Date.parse(a.lastTimestamp) - Date.parse(b.lastTimestamp))
    .slice(-most)
    .map(({ lastTimestamp: at, reason, message, count = 1 }) => ({ at, reason, message, count }));
}

/** Where the API server has the events of a pod. */
export function eventsPath(namespace: string, podUID: string): string {
  const query = new URLSearchParams({ fieldSelector: `involvedObject.uid=${podUID}` });
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/events?${query}`;
}
