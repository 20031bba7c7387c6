/** What is left of a pod when nothing of it runs any more. */

import { errorMessage } from '../../contract/error.ts';
import { sleep } from '../../engine/abortable.ts';
import { podUIDLabel } from '../container/labels.ts';
import { type NodeContext, type PodRecord, recordOf, spread } from '../node-context.ts';
import { removeInstance } from '../remove-instance.ts';
import { callRuntime } from '../runtime-call.ts';
import { stopAtOnce } from '../stop-at-once.ts';
import { inVolumeTurn } from '../volume/volume-turn.ts';
import type { CleanUpInput } from './pod-context.ts';

/**
 * Removes the sandbox and the volumes and, at the end of the object's life, containers and the object itself, after its
 * final status was published. Tries until all of it is gone; rejects only with `signal.reason`.
 */
export async function cleanUpPod(
  node: NodeContext,
  input: CleanUpInput,
  signal: AbortSignal,
): Promise<CleanUpInput> {
  const record = recordOf(node, input.podUID);
  for (;;) {
    try {
      if (input.isFinal) await removeContainers(node, record, input.podUID, signal);
      await removeSandboxes(node, input.podUID, signal);
      // It may begin anew under its UID: as a static pod, or when its node is back.
      if (input.isFinal || input.isPaused) node.noteNoSandboxes(input.podUID);
      if (!input.isPaused && (record.pod.spec.volumes ?? []).length > 0) {
        record.hasVolumes = false;
        await inVolumeTurn(record, signal, () => node.volumes.teardown(input.podUID, signal));
      }
      if (input.isFinal) await node.confirmGone(input.podUID, signal);
      return input;
    } catch (error) {
      signal.throwIfAborted();
      const message = `error killing pod: ${errorMessage(error)}`;
      node.recordEvent(record.pod, { type: 'Warning', reason: 'FailedKillPod', message });
      await sleep(node.clock, spread(node, node.settings.retryMs), signal);
    }
  }
}

async function removeContainers(
  node: NodeContext,
  record: PodRecord,
  podUID: string,
  signal: AbortSignal,
): Promise<void> {
  const { runtime } = node;
  const list = (inner: AbortSignal) => runtime.listContainers({ [podUIDLabel]: podUID }, inner);
  for (const { id, state } of await callRuntime(node, 'listing containers', signal, list)) {
    // All had ended: somebody has started it by hand, or another agent of this node's name.
    if (state === 'running') await stopAtOnce(node, id, signal);
    await removeInstance(node, record, { id }, signal);
  }
}

async function removeSandboxes(node: NodeContext, podUID: string, signal: AbortSignal): Promise<void> {
  const { runtime } = node;
  const record = recordOf(node, podUID);
  await settleSandbox(node, record, signal);
  const own = record.sandbox;
  // The runtime is asked only where there may be more than the one that is known.
  const found =
    own === undefined
      ? await callRuntime(node, 'listing sandboxes', signal, (inner) => runtime.listSandboxes(inner))
      : [own];
  for (const sandbox of found) {
    if (sandbox.podUID !== podUID) continue;
    await callRuntime(node, `removing sandbox ${sandbox.id}`, signal, (inner) =>
      runtime.removeSandbox(sandbox.id, inner),
    );
  }
  record.sandbox = undefined;
}

/** A create call that was cut off may still come through. Asking again tells, because it gives the same sandbox. */
async function settleSandbox(node: NodeContext, record: PodRecord, signal: AbortSignal): Promise<void> {
  const config = record.sandboxAsked;
  if (config === undefined) return;
  record.sandboxAsked = undefined;
  try {
    const ask = (inner: AbortSignal) => node.runtime.createSandbox(config, inner);
    record.sandbox = await callRuntime(node, `asking for the sandbox of ${config.podName}`, signal, ask);
  } catch (err) {
    signal.throwIfAborted();
    // What is there in the end belongs to no pod any more, and goes as an orphan.
    node.logger.warn({ err, pod: config.podName }, 'sandbox of a pod that ends is in doubt');
  }
}
