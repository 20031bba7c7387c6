/** NodeResourcesFit: requests, never usage or limits, against what is left of what the node has to give. */

import type { PodNeeds } from '../pod-needs.ts';
import type { Filter, NodeState, Rejection } from './filter.ts';

export const fitsResources: Filter = (needs, node) => {
  const { facts, usage } = node;
  if (usage.pods >= facts.podsMax) return lacks(needs, node);
  for (const [resource, amount] of needs.requests)
    if (amount > left(node, resource) && amount > 0) return lacks(needs, node);
  return undefined;
};

function left({ facts, usage }: NodeState, resource: string): number {
  return (facts.allocatable.get(resource) ?? 0) - usage.requested(resource);
}

/** Every resource that does not suffice is a reason of its own. */
function lacks({ requests }: PodNeeds, node: NodeState): Rejection {
  const { facts, usage } = node;
  const reasons = usage.pods >= facts.podsMax ? ['Too many pods'] : [];
  let isByPods = true;
  for (const [resource, amount] of requests) {
    if (amount <= left(node, resource) || amount === 0) continue;
    reasons.push(`Insufficient ${resource}`);
    isByPods &&= amount <= (facts.allocatable.get(resource) ?? 0);
  }
  return { reasons, isByPods };
}
