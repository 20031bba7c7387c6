import type { NodeState } from '../filters/filter.ts';
import type { PodNeeds } from '../pod-needs.ts';

/** Mean over CPU and memory of what would be left with the pod, in percent. Whole numbers at each step, as upstream. */
export function leastAllocated(needs: PodNeeds, { facts, usage }: NodeState): number {
  let sum = 0;
  let resources = 0;
  for (const resource of scoredResources) {
    const has = facts.allocatable.get(resource) ?? 0;
    if (has === 0) continue;
    const wanted = usage.scored(resource) + (needs.scored.get(resource) ?? 0);
    sum += wanted > has ? 0 : Math.floor(((has - wanted) * 100) / has);
    resources += 1;
  }
  return resources === 0 ? 0 : Math.floor(sum / resources);
}

/** What is weighed; everything else has to fit and no more. */
export const scoredResources = ['cpu', 'memory'] as const;
