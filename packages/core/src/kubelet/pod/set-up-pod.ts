/** What a pod needs before its first container: volumes and a sandbox. Tried until they are there. */

import type { SandboxInfo } from '../../contract/container-runtime.ts';
import { errorMessage, hasCode, MooringError } from '../../contract/error.ts';
import { sleep } from '../../engine/abortable.ts';
import { type NodeContext, type PodRecord, recordOf, spread, surroundingsOf } from '../node-context.ts';
import { callRuntime } from '../runtime-call.ts';
import { inVolumeTurn } from '../volume/volume-turn.ts';
import type { SetUpInput } from './pod-context.ts';
import { sandboxDecision } from './sandbox.ts';
import { sandboxConfig } from './sandbox-config.ts';

/** Volume operations are tried again after 0.5 s, doubling to about 2 minutes. */
const volumeRetryMs = 500;
const volumeRetryMsMax = 122_000;

/** Resolves with the sandboxes, the one in use first. Rejects only with `signal.reason`. */
export async function setUpPod(
  node: NodeContext,
  input: SetUpInput,
  signal: AbortSignal,
): Promise<readonly SandboxInfo[]> {
  const record = recordOf(node, input.podUID);
  await mountVolumes(node, record, signal);
  const { isUsable, attempt } = sandboxDecision(record.pod, input.sandboxes, node.runtime.capabilities.podIP);
  const inUse = isUsable ? input.sandboxes[0] : undefined;
  // One that is gone without a trace had a number too: its successor must not be taken for it.
  const next = record.sandbox === undefined ? 0 : record.sandbox.attempt + 1;
  const sandbox =
    inUse ?? (await createSandbox(node, record, Math.max(attempt, input.sandboxAttempt, next), signal));
  record.sandbox = sandbox;
  const old = input.sandboxes.filter(({ id }) => id !== sandbox.id);
  for (const { id } of old) await removeSandbox(node, record, id, signal);
  return [sandbox];
}

async function mountVolumes(node: NodeContext, record: PodRecord, signal: AbortSignal): Promise<void> {
  if ((record.pod.spec.volumes ?? []).length === 0) return;
  for (let retryMs = volumeRetryMs; ; retryMs = Math.min(retryMs * 2, volumeRetryMsMax)) {
    const { failures, findings } = await inVolumeTurn(record, signal, () =>
      node.volumes.prepare(record.pod, surroundingsOf(node, ''), signal),
    );
    for (const { field, message } of findings) {
      node.recordEvent(record.pod, {
        type: 'Warning',
        reason: 'UnsupportedField',
        message: `${field}: ${message}`,
      });
    }
    record.hasVolumes = failures.length === 0;
    if (record.hasVolumes) return;
    for (const { message } of failures) {
      node.recordEvent(record.pod, { type: 'Warning', reason: 'FailedMount', message });
    }
    await sleep(node.clock, retryMs, signal);
  }
}

async function createSandbox(
  node: NodeContext,
  record: PodRecord,
  firstAttempt: number,
  signal: AbortSignal,
): Promise<SandboxInfo> {
  for (let attempt = firstAttempt; ; ) {
    try {
      const { pod } = record;
      const config = sandboxConfig(node.nodeName, pod, attempt);
      const create = (inner: AbortSignal) => node.runtime.createSandbox(config, inner);
      const what = `creating the sandbox of ${pod.metadata.name}`;
      record.sandboxAsked = config;
      const made = await callRuntime(node, what, signal, create, node.settings.startMsMax);
      record.sandboxAsked = undefined;
      const flaw = flawOf(node, record, made);
      if (flaw === undefined) return made;
      await removeSandbox(node, record, made.id, signal);
      // It may have been made by another agent of the node, and that one may have gone further.
      attempt += 1;
      throw new MooringError('CREATE_FAILED', `sandbox ${made.id} ${flaw}`);
    } catch (error) {
      signal.throwIfAborted();
      // After a refusal there is nothing; after a call that was given up there may be a sandbox all the same.
      if (!hasCode(error, 'DEADLINE_EXCEEDED')) record.sandboxAsked = undefined;
      const message = `Failed to create pod sandbox: ${errorMessage(error)}`;
      node.recordEvent(record.pod, { type: 'Warning', reason: 'FailedCreatePodSandBox', message });
      await sleep(node.clock, spread(node, node.settings.retryMs), signal);
    }
  }
}

/** Why containers cannot run in a sandbox that was just made. */
function flawOf(node: NodeContext, { pod }: PodRecord, made: SandboxInfo): string | undefined {
  if (sandboxDecision(pod, [made], node.runtime.capabilities.podIP).isUsable) return undefined;
  return made.state === 'ready' ? 'has no address' : 'is not ready';
}

/** One that is of no use, or no more; nothing runs in it. */
async function removeSandbox(
  node: NodeContext,
  record: PodRecord,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    const remove = (inner: AbortSignal) => node.runtime.removeSandbox(id, inner);
    await callRuntime(node, `removing sandbox ${id}`, signal, remove);
  } catch (err) {
    signal.throwIfAborted();
    // The clean-up of the pod removes all sandboxes that are left.
    node.logger.warn({ err, pod: record.pod.metadata.name }, 'old sandbox not removed');
  }
}
