import type { Container, LifecycleHandler } from '../../api/pod.ts';
import { type NodeContext, type PodRecord, podIPOf } from '../node-context.ts';
import { resolvePort } from '../probe/target.ts';
import { callRuntime } from '../runtime-call.ts';
import type { HookInput } from './run-hook.ts';

/** What a hook of a container on this node may use. */
export function hookInput(
  node: NodeContext,
  record: PodRecord,
  container: Container,
  containerID: string,
  handler: LifecycleHandler,
): HookInput {
  const { runtime, clock } = node;
  return {
    handler,
    pod: record.pod,
    container,
    podIP: podIPOf(node, record),
    clock,
    exec: (command, options, signal) => runtime.exec(containerID, command, options, signal),
    resolvePort: (port) => resolvePort(port, container.ports ?? []),
    isGone: async () => {
      const look = (signal: AbortSignal) => runtime.inspectContainer(containerID, signal);
      const what = `inspecting container ${containerID}`;
      const info = await callRuntime(node, what, undefined, look);
      return info?.state !== 'running';
    },
    onEvent: (event) => node.recordEvent(record.pod, { container: container.name, ...event }),
  };
}
