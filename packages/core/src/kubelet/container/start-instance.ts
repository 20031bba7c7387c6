/** The start call and the postStart hook: one step, because the container counts as running only after both. */

import type { Container } from '../../api/pod.ts';
import { containerAddress } from '../../bus/actor-address.ts';
import type { ContainerInfo } from '../../contract/container-runtime.ts';
import { errorMessage } from '../../contract/error.ts';
import { deadlineSignal } from '../../engine/deadline.ts';
import { hookInput } from '../hook/hook-input.ts';
import { runHook } from '../hook/run-hook.ts';
import { containerOf, type NodeContext, type PodRecord, recordOf, spread } from '../node-context.ts';
import { recordTermination, terminationRecord } from '../pod/terminations.ts';
import { callRuntime } from '../runtime-call.ts';
import { StepFailed, type StepInput } from './container-context.ts';
import { noteDead, withLastWords } from './container-exit.ts';
import { vanished } from './container-view.ts';
import { containerGraceMs } from './grace-period.ts';
import { endInstance } from './stop-instance.ts';

/** Resolves with the instance as it is then, running or exited already; rejects with a `StepFailed`. */
export async function startInstance(
  node: NodeContext,
  input: StepInput,
  signal: AbortSignal,
): Promise<ContainerInfo> {
  const record = recordOf(node, input.podUID);
  const created = input.instances[0];
  if (created === undefined) throw new Error(`container ${input.name} is to be started and was not created`);
  try {
    return await bringUp(node, record, created, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof StepFailed ? error : startFailed(node, record, created, errorMessage(error));
  }
}

/**
 * The newest instance, where its start was taken for failed and came through all the same: under another definition
 * the next one would run beside it. Rejects with a `StepFailed` when the runtime does not say.
 */
export async function startedAfterAll(
  node: NodeContext,
  input: StepInput,
  signal: AbortSignal,
): Promise<ContainerInfo | undefined> {
  const [created] = input.instances;
  if (created?.state !== 'created') return undefined;
  try {
    const seen = await inspect(node, created.id, signal);
    return seen?.state === 'running' ? seen : undefined;
  } catch (error) {
    signal.throwIfAborted();
    throw startFailed(node, recordOf(node, input.podUID), created, errorMessage(error));
  }
}

async function bringUp(
  node: NodeContext,
  record: PodRecord,
  created: ContainerInfo,
  signal: AbortSignal,
): Promise<ContainerInfo> {
  const { pod } = record;
  const name = created.containerName;
  const container = containerOf(pod, name);
  const started = await callStart(node, record, created, signal);
  node.recordEvent(pod, { container: name, type: 'Normal', reason: 'Started', message: 'Container started' });
  const isHooked = container.lifecycle?.postStart !== undefined;
  if (isHooked) await postStart(node, record, container, created, signal);
  const seen = isHooked ? await inspect(node, created.id, signal) : started;
  // It was started: if it is gone it has ended, and must not pass for one that never ran.
  const info = seen ?? vanished(created, node.clock.now());
  if (info.state === 'created') throw startFailed(node, record, info, 'the runtime did not start it');
  node.noteInstance(info);
  node.publishFact(containerAddress(pod.metadata.uid, name), 'started', {
    namespace: pod.metadata.namespace,
    pod: pod.metadata.name,
    container: name,
    containerID: info.id,
    restartCount: info.attempt,
  });
  return await withLastWords(node, record, info, signal);
}

/** Resolves with what the runtime has of it then. */
async function callStart(
  node: NodeContext,
  record: PodRecord,
  created: ContainerInfo,
  signal: AbortSignal,
): Promise<ContainerInfo | undefined> {
  const { clock, runtime, settings } = node;
  record.alive.add(created.containerName);
  let isStarted = false;
  const start = async (inner: AbortSignal) => {
    await runtime.startContainer(created.id, inner);
    isStarted = true;
    return await runtime.inspectContainer(created.id, inner);
  };
  try {
    return await callRuntime(node, `starting container ${created.name}`, signal, start, settings.startMsMax);
  } catch (error) {
    signal.throwIfAborted();
    if (isStarted) return await inspect(node, created.id, signal);
    // What became of it may not be known either; then the next attempt finds out.
    const info = (await inspect(node, created.id, signal).catch(() => created)) ?? created;
    // The call failed, or was given up, and came through all the same.
    if (info.state === 'running') return info;
    if (info.state === 'exited') {
      noteDead(record, created.containerName);
      const ended = terminationRecord(info, { cause: 'the runtime could not start it' }, clock.now());
      record.terminations = recordTermination(record.terminations, ended);
    }
    throw startFailed(node, record, info, errorMessage(error));
  }
}

function startFailed(
  node: NodeContext,
  { pod }: PodRecord,
  info: ContainerInfo,
  message: string,
): StepFailed {
  const container = info.containerName;
  node.recordEvent(pod, { container, type: 'Warning', reason: 'Failed', message: `Error: ${message}` });
  const retryMs = spread(node, node.settings.retryMs);
  return new StepFailed({ failure: { reason: 'RunContainerError', message }, retryMs, info });
}

/** A hook that fails or takes too long costs the container its life. */
async function postStart(
  node: NodeContext,
  record: PodRecord,
  container: Container,
  created: ContainerInfo,
  signal: AbortSignal,
): Promise<void> {
  const handler = container.lifecycle?.postStart;
  if (handler === undefined) return;
  const { pod } = record;
  const deadline = deadlineSignal(node.clock, node.settings.postStartMsMax, signal, 'the postStart hook');
  const result = await runHook(hookInput(node, record, container, created.id, handler), deadline.signal);
  deadline.clear();
  signal.throwIfAborted();
  if (result.ok) return;
  const [reason, message] = ['FailedPostStartHook', 'PostStartHook failed'];
  node.recordEvent(pod, { container: container.name, type: 'Warning', reason, message });
  const order = {
    message: 'FailedPostStartHook',
    cause: 'postStart hook failed',
    gracePeriodMs: containerGraceMs(pod, container),
    waitFor: [],
    skipPreStop: false,
  };
  const running = await inspect(node, created.id, signal);
  // The hook failed because there is nothing to run it in any more, which is found out next.
  if (running === undefined) return;
  const info = await endInstance({ node, record, container, order, signal, hooked: new Set() }, running);
  noteDead(record, container.name);
  throw new StepFailed({
    failure: { reason: 'PostStartHookError', message: result.message },
    retryMs: spread(node, node.settings.retryMs),
    info,
  });
}

function inspect(node: NodeContext, id: string, signal: AbortSignal): Promise<ContainerInfo | undefined> {
  const look = (inner: AbortSignal) => node.runtime.inspectContainer(id, inner);
  return callRuntime(node, `inspecting container ${id}`, signal, look);
}
