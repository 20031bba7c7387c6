/** The selectors of objects that keep pods, whatever their form. */

import { type LabelSelector, parseLabelSelector } from './label-selector.ts';
import type { ApiObject } from './meta.ts';
import type { Selector } from './selector.ts';
import type { ReplicaSet, ReplicationController } from './workloads.ts';

/**
 * `undefined` when it selects nothing: it is missing, cannot be read, or is empty. The API refuses an empty one, which
 * would take every pod of the namespace.
 */
export function workloadSelector(object: ApiObject): Selector | undefined {
  const parsed = parseLabelSelector(labelSelectorOf(object));
  return parsed.ok && parsed.value?.length !== 0 ? parsed.value : undefined;
}

/** A spec may be missing in what was stored past admission. */
function labelSelectorOf(object: ApiObject): LabelSelector | undefined {
  if (object.kind !== 'ReplicationController') return (object as Partial<ReplicaSet>).spec?.selector;
  const matchLabels = (object as Partial<ReplicationController>).spec?.selector;
  return matchLabels && { matchLabels };
}
