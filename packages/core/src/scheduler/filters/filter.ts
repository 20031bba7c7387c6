/** What a filter is: one reason for which a node cannot take a pod. */

import type { NodeFacts } from '../node-facts.ts';
import type { NodeUsage } from '../node-usage.ts';
import type { PodNeeds } from '../pod-needs.ts';

/** A node and what is on it. */
export interface NodeState {
  readonly facts: NodeFacts;
  readonly usage: NodeUsage;
}

export interface Rejection {
  /** In Kubernetes' words; each is counted over all nodes. */
  readonly reasons: readonly string[];
  /** Would it be another matter without the pods that are there? Only then could preemption help. */
  readonly isByPods: boolean;
}

/** `undefined` when the node passes. Must not keep anything from one call to the next. */
export type Filter = (needs: PodNeeds, node: NodeState) => Rejection | undefined;

export function rejection(reason: string, isByPods = false): Rejection {
  return { reasons: [reason], isByPods };
}
