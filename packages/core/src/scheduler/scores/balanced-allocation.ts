import type { NodeState } from '../filters/filter.ts';
import type { PodNeeds } from '../pod-needs.ts';
import { scoredResources } from './least-allocated.ts';

/**
 * Does the pod bring the shares of CPU and memory that are taken closer together? 75 where nothing changes, more where
 * it does, 0 for a pod without requests.
 */
export function balancedAllocation({ requests }: PodNeeds, node: NodeState): number {
  if (!scoredResources.some((resource) => (requests.get(resource) ?? 0) > 0)) return 0;
  const before = balance(node, () => 0);
  const after = balance(node, (resource) => requests.get(resource) ?? 0);
  return 50 + Math.trunc((50 + after - before) / 2);
}

/** 100 where both are used to the same extent, 50 where one is full and the other empty. */
function balance({ facts, usage }: NodeState, added: (resource: string) => number): number {
  const shares: number[] = [];
  for (const resource of scoredResources) {
    const has = facts.allocatable.get(resource) ?? 0;
    if (has > 0) shares.push(Math.min(1, (usage.requested(resource) + added(resource)) / has));
  }
  const [first = 0, second = first] = shares;
  return Math.trunc((1 - Math.abs(first - second) / 2) * 100);
}
