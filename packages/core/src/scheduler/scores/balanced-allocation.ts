import type { NodeState } from '../filters/filter.ts';
import type { PodNeeds } from '../pod-needs.ts';

/**
 * Does the pod bring the shares of CPU and memory that are taken closer together? 75 where nothing changes, more where
 * it does, 0 for a pod without requests.
 */
export function balancedAllocation({ requests }: PodNeeds, node: NodeState): number {
  const cpu = requests.get('cpu') ?? 0;
  const memory = requests.get('memory') ?? 0;
  if (cpu === 0 && memory === 0) return 0;
  return 50 + Math.trunc((50 + balance(node, cpu, memory) - balance(node, 0, 0)) / 2);
}

/** 100 where both are used to the same extent, 50 where one is full and the other empty. */
function balance(node: NodeState, addedCpu: number, addedMemory: number): number {
  const cpu = share(node, 'cpu', addedCpu);
  const memory = share(node, 'memory', addedMemory);
  // What a node has none of does not count.
  const difference = cpu === undefined || memory === undefined ? 0 : Math.abs(cpu - memory);
  return Math.trunc((1 - difference / 2) * 100);
}

function share({ facts, usage }: NodeState, resource: string, added: number): number | undefined {
  const has = facts.allocatable.get(resource) ?? 0;
  return has === 0 ? undefined : Math.min(1, (usage.requested(resource) + added) / has);
}
