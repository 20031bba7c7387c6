/** Which taints a node has to have. Pure. */

import { formatTime, parseTime } from '../../api/meta.ts';
import { readyCondition } from '../../api/node-condition.ts';
import type { NodeObject, Taint } from '../../api/objects.ts';
import { nodeTaintKeys } from '../../api/taint.ts';

const { notReady, unreachable, unschedulable } = nodeTaintKeys;

/** By type and status of a condition; all of them keep new pods away. */
const taintOfCondition: Readonly<Record<string, string>> = {
  'Ready False': notReady,
  'Ready Unknown': unreachable,
  'MemoryPressure True': 'node.kubernetes.io/memory-pressure',
  'DiskPressure True': 'node.kubernetes.io/disk-pressure',
  'PIDPressure True': 'node.kubernetes.io/pid-pressure',
  'NetworkUnavailable True': 'node.kubernetes.io/network-unavailable',
};
const ownNoScheduleKeys: ReadonlySet<string> = new Set([...Object.values(taintOfCondition), unschedulable]);

/** The taints with those that keep new pods away as the conditions of the node want them; the same list if they are so. */
export function withNoScheduleTaints(
  node: NodeObject,
  taints: readonly Taint[],
  nowMs: number,
): readonly Taint[] {
  const conditions = node.status?.conditions ?? [];
  const wanted = new Set(
    conditions.flatMap(({ type, status }) => taintOfCondition[`${type} ${status}`] ?? []),
  );
  if (node.spec?.unschedulable === true) wanted.add(unschedulable);
  const isOwn = ({ key, effect }: Taint) => effect === 'NoSchedule' && ownNoScheduleKeys.has(key);
  const there = new Set(taints.filter(isOwn).map(({ key }) => key));
  const stale = taints.filter((taint) => isOwn(taint) && !wanted.has(taint.key));
  const missing = [...wanted].filter((key) => !there.has(key));
  if (stale.length === 0 && missing.length === 0) return taints;
  const timeAdded = formatTime(nowMs);
  const added = missing.map((key): Taint => ({ key, effect: 'NoSchedule', timeAdded }));
  return addTaints(removeTaints(taints, stale), added);
}

/** What has to be done about the taints that drive pods out. */
export type NoExecuteStep =
  | { readonly kind: 'keep' }
  /** At once. */
  | { readonly kind: 'change'; readonly taints: readonly Taint[] }
  /** When the rate of the zone allows it. */
  | { readonly kind: 'add'; readonly taints: readonly Taint[] };

/** The node is not ready, or cannot be reached: never both. One takes the place of the other, with its time. */
export function noExecuteStep(node: NodeObject, nowMs: number): NoExecuteStep {
  const taints = node.spec?.taints ?? [];
  const status = readyCondition(node)?.status;
  if (status === undefined) return { kind: 'keep' };
  if (status === 'True') {
    const rest = withoutNoExecute(taints);
    return rest === taints ? { kind: 'keep' } : { kind: 'change', taints: rest };
  }
  const [key, opposite] = status === 'False' ? [notReady, unreachable] : [unreachable, notReady];
  const other = find(taints, opposite);
  const isThere = find(taints, key) !== undefined;
  if (isThere && other === undefined) return { kind: 'keep' };
  // The time of the pods goes on: they have been on a node in trouble since the first taint.
  const timeAdded = other?.timeAdded ?? formatTime(nowMs);
  const rest = other === undefined ? taints : removeTaints(taints, [other]);
  const added: Taint = { key, effect: 'NoExecute', timeAdded };
  const wanted = isThere ? rest : addTaints(rest, [added]);
  return { kind: other === undefined ? 'add' : 'change', taints: wanted };
}

/** Without those of this controller that drive pods out; the same list if there is none. */
export function withoutNoExecute(taints: readonly Taint[]): readonly Taint[] {
  return removeTaints(
    taints,
    [notReady, unreachable].map((key) => ({ key, effect: 'NoExecute' })),
  );
}

/** When the node got the taint that drives its pods out; `undefined` when it has none. */
export function noExecuteSinceMs({ spec }: NodeObject): number | undefined {
  const taints = spec?.taints ?? [];
  const taint = find(taints, notReady) ?? find(taints, unreachable);
  return parseTime(taint?.timeAdded);
}

/** The node with these taints and no others; one without taints has no list of them. */
export function withTaints<T extends NodeObject>(node: T, taints: readonly Taint[]): T {
  const { taints: _, ...spec } = node.spec ?? {};
  return { ...node, spec: taints.length === 0 ? spec : { ...spec, taints } };
}

/** Key and effect make a taint; one that is there is replaced. */
export function addTaints(taints: readonly Taint[], added: readonly Taint[]): readonly Taint[] {
  if (added.length === 0) return taints;
  return [...removeTaints(taints, added), ...added];
}

/** The same list when nothing is removed. */
export function removeTaints(
  taints: readonly Taint[],
  removed: readonly Pick<Taint, 'key' | 'effect'>[],
): readonly Taint[] {
  const goes = ({ key, effect }: Taint) => removed.some((one) => one.key === key && one.effect === effect);
  return taints.some(goes) ? taints.filter((taint) => !goes(taint)) : taints;
}

function find(taints: readonly Taint[], key: string): Taint | undefined {
  return taints.find((taint) => taint.key === key && taint.effect === 'NoExecute');
}
