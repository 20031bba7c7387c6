/**
 * The controller of the lives of nodes: notices when one is lost, keeps new pods away from it, and has the others driven
 * out at a bounded rate. Kubernetes' `node-lifecycle-controller`.
 */

import type { NodeObject, Taint } from '../../api/objects.ts';
import { type Controller, defineController, type ReconcileContext } from '../../contract/controller.ts';
import { NodeMonitor } from './monitor.ts';
import { withOldLabels } from './node-labels.ts';
import { withNoScheduleTaints, withTaints } from './node-taints.ts';
import { defaultNodeLifecycle, type NodeLifecycleSettings } from './settings.ts';

/** No node has such a name. */
const allNodes = ':all';

export function nodeLifecycleController(settings: Partial<NodeLifecycleSettings> = {}): Controller {
  const all = { ...defaultNodeLifecycle, ...settings };
  const monitor = new NodeMonitor(all);
  return defineController({
    name: 'node-lifecycle',
    kind: 'Node',
    component: 'node-controller',
    reads: ['Lease', 'Pod'],
    initialRequests: [{ namespace: undefined, name: allNodes }],
    // One of them is the pass over all nodes, which nothing but time brings about.
    concurrency: 9,
    retry: { backOffMsMax: all.monitorPeriodMs },
    // Nearly all nodes are as they should be, and need no actor.
    concerns: ({ object, isDeleted }) => !isDeleted && tidied(object as NodeObject, 0) !== object,
    reconcile: ({ name }, context, signal) =>
      name === allNodes ? monitor.pass(context, signal) : tidyNode(name, context, signal),
  });
}

/** What the conditions of one node say at once: taints that keep new pods away. */
async function tidyNode(name: string, context: ReconcileContext, signal: AbortSignal): Promise<undefined> {
  const { objects, cache, clock } = context;
  const node = cache('Node').get(undefined, name);
  if (node === undefined || tidied(node, clock.now()) === node) return;
  await objects.patchWith('Node', undefined, name, (current) => tidied(current, clock.now()), { signal });
}

const noTaints: readonly Taint[] = [];

/** The same object when nothing has to be written. */
function tidied<T extends NodeObject>(node: T, nowMs: number): T {
  const { labels = {} } = node.metadata;
  const { taints = noTaints } = node.spec ?? {};
  const newLabels = withOldLabels(labels);
  const newTaints = withNoScheduleTaints(node, taints, nowMs);
  if (newLabels === labels && newTaints === taints) return node;
  return withTaints({ ...node, metadata: { ...node.metadata, labels: newLabels } }, newTaints);
}
