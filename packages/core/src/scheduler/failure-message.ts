/** What users read when no node takes a pod, in the words of Kubernetes' `FitError`. */

import type { Rejections } from './find-feasible.ts';

const noNodesMessage = 'no nodes available to schedule pods';

/** `0/3 nodes are available: 1 Insufficient memory, 2 Insufficient cpu. preemption: ...` */
export function failureMessage(nodes: number, { counts, byPods, byNature }: Rejections): string {
  if (nodes === 0) return noNodesMessage;
  const preemption = new Map([
    ['No preemption victims found for incoming pod', byPods],
    ['Preemption is not helpful for scheduling', byNature],
  ]);
  return `${histogram(nodes, counts)} preemption: ${histogram(nodes, preemption)}`;
}

/** Sorted as text, count first, as upstream. */
function histogram(nodes: number, counts: ReadonlyMap<string, number>): string {
  const entries = [...counts].filter(([, count]) => count > 0).map(([reason, count]) => `${count} ${reason}`);
  return `0/${nodes} nodes are available: ${entries.sort().join(', ')}.`;
}

const noteLengthMax = 1024;
const cut = ' ...';

/** An Event says no more than this; a condition says it all. */
export function eventNote(message: string): string {
  if (message.length <= noteLengthMax) return message;
  return message.slice(0, noteLengthMax - cut.length) + cut;
}
