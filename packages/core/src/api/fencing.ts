/**
 * What the agent of a node promises about its pods for the case that nobody hears of it: the control plane may read it and
 * rely on it.
 */

import type { Taint } from './objects.ts';
import type { Toleration } from './pod.ts';
import { nodeTaintKeys, tolerates } from './taint.ts';

/**
 * Seconds. A pod of the node has been stopped by its agent before so many seconds, and those for which the pod tolerates a
 * node that cannot be reached, have gone by since the lease was last renewed. A pod that tolerates it for ever runs on.
 */
export const fencingAnnotation = 'mooring.dev/fenced-after-seconds';

const unreachable: Taint = { key: nodeTaintKeys.unreachable, effect: 'NoExecute' };

/** For how long a pod stays on a node that cannot be reached; `undefined`: for ever. */
export function toleratesSilenceMs(tolerations: readonly Toleration[] = []): number | undefined {
  const toleration = tolerations.find((one) => tolerates(one, unreachable));
  if (toleration === undefined) return 0;
  const { tolerationSeconds } = toleration;
  return tolerationSeconds === undefined ? undefined : Math.max(0, tolerationSeconds) * 1000;
}
