/** The search for nodes that can take a pod: all of them in a small cluster, a sample of them in a large one. */

import type { NodeState } from './filters/filter.ts';
import { rejectionOf } from './filters/filters.ts';
import type { PodNeeds } from './pod-needs.ts';

export interface Search {
  /** In the order in which they were found; empty when no node of the cluster can take the pod. */
  readonly feasible: readonly NodeState[];
  /** How many nodes were looked at. */
  readonly looked: number;
  readonly rejections: Rejections;
}

/** Why nodes were passed over. */
export interface Rejections {
  /** By reason; a node may give several. */
  readonly counts: ReadonlyMap<string, number>;
  /** Nodes that would take the pod, were it not for others. */
  readonly byPods: number;
  /** Nodes that would never take it. */
  readonly byNature: number;
}

/**
 * Goes round from `start` until `wanted` nodes are found. The next search should begin where this one ended, so that all
 * nodes have their turn.
 */
export function findFeasible(
  needs: PodNeeds,
  nodes: readonly NodeState[],
  { start, wanted }: { readonly start: number; readonly wanted: number },
): Search {
  const feasible: NodeState[] = [];
  const counts = new Map<string, number>();
  let byPods = 0;
  let looked = 0;
  while (looked < nodes.length && feasible.length < wanted) {
    const node = nodes[(start + looked) % nodes.length];
    looked += 1;
    if (node === undefined) continue;
    const rejected = rejectionOf(needs, node);
    if (rejected === undefined) {
      feasible.push(node);
      continue;
    }
    if (rejected.isByPods) byPods += 1;
    for (const reason of rejected.reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const byNature = looked - feasible.length - byPods;
  return { feasible, looked, rejections: { counts, byPods, byNature } };
}

/** Below this all nodes are looked at, and above it never fewer. */
const sampleMin = 100;

/**
 * How many feasible nodes are enough (`numFeasibleNodesToFind`): `percentage` of all; where it is 0, a share that shrinks
 * from 50 % to 5 % as the cluster grows.
 */
export function feasibleWanted(nodes: number, percentage = 0): number {
  if (nodes < sampleMin || percentage >= 100) return nodes;
  const share = percentage > 0 ? percentage : Math.max(5, 50 - Math.floor(nodes / 125));
  return Math.max(sampleMin, Math.floor((nodes * share) / 100));
}
