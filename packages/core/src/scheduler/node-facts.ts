/** What the scheduler has to know of a node, worked out once for each version of its object. */

import type { Labels } from '../api/meta.ts';
import { readyCondition } from '../api/node-condition.ts';
import type { NodeObject, Taint } from '../api/objects.ts';
import { type Amounts, amountsOf } from '../api/pod-requests.ts';
import { nodeTaintKeys } from '../api/taint.ts';
import { jsonEqual } from '../store/json-equal.ts';

export interface NodeFacts {
  readonly name: string;
  readonly labels: Labels;
  readonly isUnschedulable: boolean;
  /** `NoSchedule` and `NoExecute`. */
  readonly hardTaints: readonly Taint[];
  /** `PreferNoSchedule`. */
  readonly softTaints: readonly Taint[];
  readonly allocatable: Amounts;
  /** How many pods it takes. */
  readonly podsMax: number;
}

export function nodeFacts({ metadata, spec = {}, status = {} }: NodeObject): NodeFacts {
  const taints = [...(spec.taints ?? []), ...readinessTaints({ status })];
  const allocatable = amountsOf(status.allocatable ?? {});
  return {
    name: metadata.name ?? '',
    labels: metadata.labels ?? {},
    isUnschedulable: spec.unschedulable === true,
    hardTaints: taints.filter(({ effect }) => effect !== 'PreferNoSchedule'),
    softTaints: taints.filter(({ effect }) => effect === 'PreferNoSchedule'),
    allocatable,
    podsMax: allocatable.get('pods') ?? 0,
  };
}

/** Would a pod get another answer? Heartbeats change nothing. */
export function isSameNode(a: NodeFacts, b: NodeFacts): boolean {
  const plain = ({ allocatable, ...rest }: NodeFacts) => ({ ...rest, allocatable: [...allocatable] });
  return jsonEqual(plain(a), plain(b));
}

/**
 * The taint that the node lifecycle controller puts on a node that is not ready. It is taken for granted here, for the
 * controller may not have come to it yet, or not run at all.
 */
function readinessTaints(node: Pick<NodeObject, 'status'>): readonly Taint[] {
  const ready = readyCondition(node)?.status;
  if (ready === 'True') return [];
  const key = ready === 'Unknown' ? nodeTaintKeys.unreachable : nodeTaintKeys.notReady;
  return [{ key, effect: 'NoSchedule' }];
}
