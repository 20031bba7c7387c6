/** NodeResourcesFit: requests, never usage or limits, against what is left of what the node has to give. */

import type { Filter } from './filter.ts';

/** Every resource that does not suffice is a reason of its own. */
export const fitsResources: Filter = ({ requests }, { facts, usage }) => {
  const { allocatable, podsMax } = facts;
  let reasons: string[] | undefined;
  let isByPods = true;
  const lacks = (reason: string, isEverEnough: boolean) => {
    reasons ??= [];
    reasons.push(reason);
    isByPods &&= isEverEnough;
  };
  if (usage.pods + 1 > podsMax) lacks('Too many pods', true);
  for (const [resource, amount] of requests) {
    const has = allocatable.get(resource) ?? 0;
    if (amount > 0 && amount > has - usage.requested(resource))
      lacks(`Insufficient ${resource}`, amount <= has);
  }
  return reasons === undefined ? undefined : { reasons, isByPods };
};
