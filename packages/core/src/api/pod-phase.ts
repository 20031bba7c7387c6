/** Which pods have had their run. */

import type { Pod, PodPhase } from './pod.ts';

/** Succeeded and Failed are never left. */
export function isTerminalPhase(phase: PodPhase | undefined): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

/** Has ended, one way or the other, and will not run again. */
export function isFinished({ status }: Pick<Pod, 'status'>): boolean {
  return isTerminalPhase(status?.phase);
}
