/** Taints keep pods away from nodes, tolerations let them pass. */

import type { Taint } from './objects.ts';
import type { Toleration } from './pod.ts';

/** What a taint does to pods that do not tolerate it. */
export const taintEffects: readonly string[] = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** Taints that the state of a node stands for. */
export const nodeTaintKeys = {
  notReady: 'node.kubernetes.io/not-ready',
  unreachable: 'node.kubernetes.io/unreachable',
  unschedulable: 'node.kubernetes.io/unschedulable',
} as const;

/** An empty effect stands for all effects, an empty key with `Exists` for all taints. */
export function tolerates({ key, operator, value, effect }: Toleration, taint: Taint): boolean {
  if (effect && effect !== taint.effect) return false;
  if (key && key !== taint.key) return false;
  switch (operator || 'Equal') {
    case 'Exists':
      return true;
    case 'Equal':
      // An empty key needs `Exists`.
      return Boolean(key) && (value ?? '') === (taint.value ?? '');
    case 'Lt':
      return integer(taint.value) < integer(value);
    case 'Gt':
      return integer(taint.value) > integer(value);
  }
}

/** The first taint that none of the tolerations lets pass. */
export function untolerated(taints: readonly Taint[], tolerations: readonly Toleration[]): Taint | undefined {
  // Most nodes have none, and each is asked for each pod.
  if (taints.length === 0) return undefined;
  return taints.find((taint) => !tolerations.some((toleration) => tolerates(toleration, taint)));
}

/** NaN, which is neither more nor less than anything, for what is no integer. */
function integer(text = ''): number {
  return /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
}
