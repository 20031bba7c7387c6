/** Which pods count. A set replaces what is not active; what ends of itself still needs its place for a while. */

import type { Pod } from '../../api/pod.ts';

/** Has ended, one way or the other, and will not run again. */
export function isFinished({ status }: Pick<Pod, 'status'>): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

/** Runs, or will: neither finished nor being deleted. */
export function isActive(pod: Pick<Pod, 'metadata' | 'status'>): boolean {
  return !isFinished(pod) && pod.metadata.deletionTimestamp === undefined;
}

/** Is being deleted, and something of it may still run. */
export function isTerminating(pod: Pick<Pod, 'metadata' | 'status'>): boolean {
  return !isFinished(pod) && pod.metadata.deletionTimestamp !== undefined;
}
