import type { NodeState } from '../filters/filter.ts';
import type { PodNeeds } from '../pod-needs.ts';

/** Mean over CPU and memory of what would be left with the pod, in percent. Whole numbers at each step, as upstream. */
export function leastAllocated(needs: PodNeeds, node: NodeState): number {
  const cpu = percentLeft(needs, node, 'cpu');
  const memory = percentLeft(needs, node, 'memory');
  // What a node has none of does not count.
  if (cpu === undefined || memory === undefined) return cpu ?? memory ?? 0;
  return Math.floor((cpu + memory) / 2);
}

function percentLeft(needs: PodNeeds, { facts, usage }: NodeState, resource: string): number | undefined {
  const has = facts.allocatable.get(resource) ?? 0;
  if (has === 0) return undefined;
  const wanted = usage.scored(resource) + (needs.scored.get(resource) ?? 0);
  return wanted > has ? 0 : Math.floor(((has - wanted) * 100) / has);
}
