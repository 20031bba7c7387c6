/** The decision: which node a pod goes to, or why none will do. */

import type { Random } from '../contract/clock.ts';
import { failureMessage } from './failure-message.ts';
import type { NodeState } from './filters/filter.ts';
import { feasibleWanted, findFeasible } from './find-feasible.ts';
import type { PodNeeds } from './pod-needs.ts';
import { scoreNodes } from './scores/score-nodes.ts';
import type { Siblings } from './scores/spread.ts';

export interface PlacingWorld {
  readonly nodes: readonly NodeState[];
  /** Where the search begins. */
  readonly start: number;
  /** Absent for a pod without owner. */
  readonly siblings: Siblings | undefined;
  readonly random: Random;
  /** How many of the nodes, in percent, are enough to choose from; 0: as Kubernetes has it. */
  readonly percentageOfNodes: number;
}

export type Placing =
  | { readonly kind: 'placed'; readonly nodeName: string; readonly looked: number }
  | { readonly kind: 'nowhere'; readonly message: string; readonly looked: number };

export function placePod(needs: PodNeeds, world: PlacingWorld): Placing {
  const { nodes, start, siblings, random, percentageOfNodes } = world;
  const wanted = feasibleWanted(nodes.length, percentageOfNodes);
  const { feasible, looked, rejections } = findFeasible(needs, nodes, { start, wanted });
  const [only] = feasible;
  if (only === undefined)
    return { kind: 'nowhere', message: failureMessage(nodes.length, rejections), looked };
  const best =
    feasible.length === 1 ? only : highest(feasible, scoreNodes(needs, feasible, siblings), random);
  return { kind: 'placed', nodeName: best.facts.name, looked };
}

/** Among equals each is as likely as any other. `nodes` is not empty. */
function highest(nodes: readonly NodeState[], scores: readonly number[], random: Random): NodeState {
  let best = 0;
  let equals = 1;
  for (let i = 1; i < nodes.length; i += 1) {
    const [score = 0, most = 0] = [scores[i], scores[best]];
    if (score > most) {
      best = i;
      equals = 1;
    } else if (score === most) {
      equals += 1;
      if (Math.floor(random.next() * equals) === 0) best = i;
    }
  }
  return nodes[best] as NodeState;
}
