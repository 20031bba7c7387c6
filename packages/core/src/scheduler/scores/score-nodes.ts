/** How well each of the nodes that can take a pod suits it: the sum of Kubernetes' scores, each with its weight. */

import { tolerates } from '../../api/taint.ts';
import type { NodeState } from '../filters/filter.ts';
import { holdsOn } from '../filters/node-affinity.ts';
import type { PodNeeds } from '../pod-needs.ts';
import { balancedAllocation } from './balanced-allocation.ts';
import { leastAllocated } from './least-allocated.ts';
import { normalised } from './normalised.ts';
import { type Siblings, spread } from './spread.ts';

/** One value from 0 to 100 for each node. */
type Scorer = (
  needs: PodNeeds,
  nodes: readonly NodeState[],
  siblings: Siblings | undefined,
) => readonly number[];

/** Fewer taints that say "rather not". */
export const fewestSoftTaints: Scorer = ({ tolerations }, nodes) => {
  const counts = nodes.map(
    ({ facts }) =>
      facts.softTaints.filter((taint) => !tolerations.some((toleration) => tolerates(toleration, taint)))
        .length,
  );
  return normalised(counts, { isLessBetter: true });
};

/** The weights of the preferences that the node meets. */
export const preferredAffinity: Scorer = ({ preferences }, nodes) => {
  const sums = nodes.map(({ facts }) =>
    preferences.reduce((sum, { weight, term }) => (holdsOn(term, facts) ? sum + weight : sum), 0),
  );
  return normalised(sums, { isLessBetter: false });
};

const scorers: readonly { readonly weight: number; readonly score: Scorer }[] = [
  { weight: 3, score: fewestSoftTaints },
  { weight: 2, score: preferredAffinity },
  { weight: 2, score: (_, nodes, siblings) => spread(nodes, siblings) },
  { weight: 1, score: (needs, nodes) => nodes.map((node) => leastAllocated(needs, node)) },
  { weight: 1, score: (needs, nodes) => nodes.map((node) => balancedAllocation(needs, node)) },
];

/** One value for each node. `siblings`: for a pod that has an owner. */
export function scoreNodes(
  needs: PodNeeds,
  nodes: readonly NodeState[],
  siblings: Siblings | undefined,
): readonly number[] {
  const totals = nodes.map(() => 0);
  for (const { weight, score } of scorers) {
    const scores = score(needs, nodes, siblings);
    for (let i = 0; i < totals.length; i += 1) totals[i] = (totals[i] ?? 0) + weight * (scores[i] ?? 0);
  }
  return totals;
}
