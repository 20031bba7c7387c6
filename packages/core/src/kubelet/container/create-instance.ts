/** The next instance of a container: the runtime's create call. */

import type { Container } from '../../api/pod.ts';
import type { ContainerInfo } from '../../contract/container-runtime.ts';
import { errorMessage, MooringError } from '../../contract/error.ts';
import { containerOf, type NodeContext, type PodRecord, recordOf, spread } from '../node-context.ts';
import { callRuntime } from '../runtime-call.ts';
import { StepFailed, type StepInput } from './container-context.ts';
import { instanceConfig } from './instance-config.ts';
import { reviewEphemeral } from './review-ephemeral.ts';

/** Resolves with the created instance; rejects with a `StepFailed`. */
export async function createInstance(
  node: NodeContext,
  input: StepInput,
  signal: AbortSignal,
): Promise<ContainerInfo> {
  const record = recordOf(node, input.podUID);
  const container = containerOf(record.pod, input.name);
  const unsupported = reviewEphemeral(node, record.pod, container);
  if (unsupported !== undefined)
    throw refusal(node, record, container, 'CreateContainerConfigError', unsupported);
  const answer = await instanceConfig(node, record, container, input.instances[0], signal);
  if (!answer.ok) throw refusal(node, record, container, 'CreateContainerConfigError', answer.message);
  const { config } = answer;
  const { runtime, settings } = node;
  const what = `creating container ${config.name}`;
  try {
    const info = await callRuntime(
      node,
      what,
      signal,
      async (inner) => {
        const id = await runtime.createContainer(config, inner);
        const created = await runtime.inspectContainer(id, inner);
        if (created === undefined)
          throw new MooringError('CREATE_FAILED', `container ${config.name} vanished`);
        return created;
      },
      settings.startMsMax,
    );
    node.recordEvent(record.pod, {
      container: container.name,
      type: 'Normal',
      reason: 'Created',
      message: 'Container created',
    });
    node.noteInstance(info);
    return info;
  } catch (error) {
    signal.throwIfAborted();
    throw refusal(node, record, container, 'CreateContainerError', errorMessage(error));
  }
}

function refusal(
  node: NodeContext,
  { pod }: PodRecord,
  container: Container,
  reason: string,
  message: string,
): StepFailed {
  node.recordEvent(pod, {
    container: container.name,
    type: 'Warning',
    reason: 'Failed',
    message: `Error: ${message}`,
  });
  return new StepFailed({ failure: { reason, message }, retryMs: spread(node, node.settings.retryMs) });
}
