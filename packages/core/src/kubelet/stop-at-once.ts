import type { ContainerID } from '../contract/container-runtime.ts';
import { stopGraceMinMs } from './container/grace-period.ts';
import type { NodeContext } from './node-context.ts';
import { callRuntime } from './runtime-call.ts';

/** Ends what should not be there with the least grace there is. Rejects as the runtime does. */
export async function stopAtOnce(node: NodeContext, id: ContainerID, signal: AbortSignal): Promise<void> {
  const stop = (inner: AbortSignal) => node.runtime.stopContainer(id, stopGraceMinMs, inner);
  const msMax = stopGraceMinMs + node.settings.callMsMax;
  await callRuntime(node, `stopping container ${id}`, signal, stop, msMax);
}
