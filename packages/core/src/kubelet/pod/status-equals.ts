/** Whether two statuses say the same, so that nothing is written when nothing changed. */

import type { PodStatus } from '../../api/pod.ts';
import { jsonEqual } from '../../store/json-equal.ts';

/** The order of keys does not matter; a key that is `undefined` counts as absent. The order of lists matters. */
export function statusEquals(a: PodStatus, b: PodStatus): boolean {
  return jsonEqual(a, b);
}
