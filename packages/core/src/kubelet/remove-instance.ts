/** Removing a dead instance: the pod itself, its end, and the collector of spent instances may all want it. */

import { abortable } from '../engine/abortable.ts';
import type { NodeContext, PodRecord } from './node-context.ts';
import { callRuntime } from './runtime-call.ts';

/** One call at a time for each instance: whoever wants the same waits, and asks again. Rejects as the runtime does. */
export async function removeInstance(
  node: NodeContext,
  { removing }: Pick<PodRecord, 'removing'>,
  { id, name = id }: { readonly id: string; readonly name?: string },
  signal: AbortSignal,
): Promise<void> {
  for (let other = removing.get(id); other !== undefined; other = removing.get(id))
    // How it ended is told to those who began it.
    await abortable(other, signal).catch(() => signal.throwIfAborted());
  const call = callRuntime(node, `removing container ${name}`, signal, (inner) =>
    node.runtime.removeContainer(id, inner),
  );
  removing.set(id, call);
  try {
    await call;
    node.noteRemoved(id);
  } finally {
    removing.delete(id);
  }
}
