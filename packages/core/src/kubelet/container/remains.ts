/**
 * Dead instances. One is kept beside the newest, for `lastState` and the previous log; older ones are removed, but only
 * when the newest has been started, or could not be: a restart does not wait for the cleaning up after its predecessors.
 */

import type { NodeContext, PodRecord } from '../node-context.ts';
import { callRuntime } from '../runtime-call.ts';
import type { StepInput } from './container-context.ts';

/** The next instance has been created: of those before it, all but the newest may go. */
export function noteRemains({ remains }: PodRecord, { name, instances }: StepInput): void {
  const older = instances.slice(1).map(({ id }) => id);
  if (older.length > 0) remains.set(name, [...(remains.get(name) ?? []), ...older]);
}

/** Rejects only with `signal.reason`. */
export async function removeRemains(
  node: NodeContext,
  { pod, remains }: PodRecord,
  container: string,
  signal: AbortSignal,
): Promise<void> {
  for (const id of remains.get(container) ?? []) {
    try {
      const remove = (inner: AbortSignal) => node.runtime.removeContainer(id, inner);
      await callRuntime(node, `removing container ${id}`, signal, remove);
    } catch (err) {
      signal.throwIfAborted();
      // A dead instance too many does no harm, and the clean-up of the pod finds it by its labels.
      node.logger.warn({ err, pod: pod.metadata.name, container }, 'dead container not removed');
    }
  }
  remains.delete(container);
}
