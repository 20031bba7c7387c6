/** Which pods count. A set replaces what is not active; what ends of itself still needs its place for a while. */

import type { Pod } from '../../api/pod.ts';
import { isFinished } from '../../api/pod-phase.ts';

/** Runs, or will: neither finished nor being deleted. */
export function isActive(pod: Pick<Pod, 'metadata' | 'status'>): boolean {
  return !isFinished(pod) && pod.metadata.deletionTimestamp === undefined;
}

/** Is being deleted, and something of it may still run. */
export function isTerminating(pod: Pick<Pod, 'metadata' | 'status'>): boolean {
  return !isFinished(pod) && pod.metadata.deletionTimestamp !== undefined;
}
