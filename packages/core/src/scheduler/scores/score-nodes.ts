/** How well each of the nodes that can take a pod suits it: the sum of Kubernetes' scores, each with its weight. */

import { tolerates } from '../../api/taint.ts';
import type { NodeState } from '../filters/filter.ts';
import { holdsOn } from '../filters/node-affinity.ts';
import type { PodNeeds } from '../pod-needs.ts';
import { balancedAllocation } from './balanced-allocation.ts';
import { leastAllocated } from './least-allocated.ts';
import { normalised } from './normalised.ts';
import { type Siblings, spread } from './spread.ts';

/** One value from 0 to 100 for each node; `undefined` where all are alike. */
type Scores = readonly number[] | undefined;

/** Fewer taints that say "rather not". */
export function fewestSoftTaints({ tolerations }: PodNeeds, nodes: readonly NodeState[]): Scores {
  if (nodes.every(({ facts }) => facts.softTaints.length === 0)) return undefined;
  const counts = nodes.map(
    ({ facts }) =>
      facts.softTaints.filter((taint) => !tolerations.some((toleration) => tolerates(toleration, taint)))
        .length,
  );
  return normalised(counts, { isLessBetter: true });
}

/** The weights of the preferences that the node meets. */
export function preferredAffinity({ preferences }: PodNeeds, nodes: readonly NodeState[]): Scores {
  if (preferences.length === 0) return undefined;
  const sums = nodes.map(({ facts }) =>
    preferences.reduce((sum, { weight, term }) => (holdsOn(term, facts) ? sum + weight : sum), 0),
  );
  return normalised(sums, { isLessBetter: false });
}

/** One value for each node. `siblings`: for a pod that has an owner. */
export function scoreNodes(
  needs: PodNeeds,
  nodes: readonly NodeState[],
  siblings: Siblings | undefined,
): readonly number[] {
  const totals = nodes.map((node) => leastAllocated(needs, node) + balancedAllocation(needs, node));
  add(totals, 3, fewestSoftTaints(needs, nodes));
  add(totals, 2, preferredAffinity(needs, nodes));
  add(totals, 2, siblings && spread(nodes, siblings));
  return totals;
}

function add(totals: number[], weight: number, scores: Scores): void {
  if (scores === undefined) return;
  scores.forEach((score, i) => {
    totals[i] = (totals[i] ?? 0) + weight * score;
  });
}
