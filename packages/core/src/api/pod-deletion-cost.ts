/** How dear a pod is to its controller: of two that are alike, the cheaper one is deleted first. */

import type { Labels } from './meta.ts';

export const deletionCostAnnotation = 'controller.kubernetes.io/pod-deletion-cost';

/** The cost that the annotations state, 0 when they state none; `undefined` when it is no 32-bit integer. */
export function podDeletionCost(annotations: Labels | undefined): number | undefined {
  const text = annotations?.[deletionCostAnnotation];
  if (text === undefined) return 0;
  // No leading plus or zeros, as the API has it.
  if (!/^(?:0|-\d+|[1-9]\d*)$/.test(text)) return undefined;
  const cost = Number(text);
  return cost === (cost | 0) ? cost | 0 : undefined;
}
