/** What a pass makes of one node: its taints that drive pods out, and the note of its last sign of life. Pure. */

import type { NodeObject, Taint } from '../../api/objects.ts';
import {
  type Moment,
  type NodeHealth,
  readSigns,
  sameSigns,
  signsAnnotation,
  storedSigns,
} from './node-health.ts';
import { noExecuteStep, withoutNoExecute, withTaints } from './node-taints.ts';

export interface NodePlan {
  /** Nobody is driven out at all: the control plane suspects itself. */
  readonly isStopped: boolean;
  /** It is this node's turn to be tainted. */
  readonly mayTaint: boolean;
  /** Of a node that is silent for so long that it is written down; `undefined` of one that is heard. */
  readonly silent: NodeHealth | undefined;
}

const noTaints: readonly Taint[] = [];

/** The same object when nothing has to be written. */
export function plannedNode<T extends NodeObject>(node: T, plan: NodePlan, now: Moment): T {
  return withSigns(withPlannedTaints(node, plan, now), plan.silent, now);
}

function withPlannedTaints<T extends NodeObject>(node: T, { isStopped, mayTaint }: NodePlan, now: Moment): T {
  const before = node.spec?.taints ?? noTaints;
  const step = noExecuteStep(node, now.wallMs);
  const isWanted = step.kind === 'change' || (step.kind === 'add' && mayTaint);
  const after = isStopped ? withoutNoExecute(before) : isWanted ? step.taints : before;
  return after === before ? node : withTaints(node, after);
}

/** Two notes of the same silence differ by what the clocks round. */
const sameSilenceMs = 2000;

function withSigns<T extends NodeObject>(node: T, silent: NodeHealth | undefined, now: Moment): T {
  const { annotations = {} } = node.metadata;
  const text = annotations[signsAnnotation];
  if (silent === undefined) {
    if (text === undefined) return node;
    const { [signsAnnotation]: _, ...others } = annotations;
    return { ...node, metadata: { ...node.metadata, annotations: others } };
  }
  const wanted = storedSigns(silent, now);
  const stored = readSigns(text);
  const isWritten =
    stored !== undefined &&
    sameSigns(stored, wanted) &&
    Math.abs(Date.parse(stored.seen) - Date.parse(wanted.seen)) < sameSilenceMs;
  if (isWritten) return node;
  const note = { ...annotations, [signsAnnotation]: JSON.stringify(wanted) };
  return { ...node, metadata: { ...node.metadata, annotations: note } };
}
