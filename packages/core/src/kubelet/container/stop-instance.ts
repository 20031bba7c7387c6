/** Ends an instance: event, preStop hook, no more traffic, its turn among the others, stop signal, kill. */

import type { Container } from '../../api/pod.ts';
import { containerAddress } from '../../bus/actor-address.ts';
import type { ContainerInfo } from '../../contract/container-runtime.ts';
import { errorMessage, hasCode } from '../../contract/error.ts';
import { onAbort, sleep } from '../../engine/abortable.ts';
import { deadlineSignal } from '../../engine/deadline.ts';
import { hookInput } from '../hook/hook-input.ts';
import { runHook } from '../hook/run-hook.ts';
import { containerOf, type NodeContext, type PodRecord, recordOf, spread } from '../node-context.ts';
import { newestFirst } from '../pod/observation.ts';
import { removeInstance } from '../remove-instance.ts';
import { callRuntime } from '../runtime-call.ts';
import type { StopInput, StopOutput } from './container-context.ts';
import { foreignCause, noteDead, noteExit, wakeWaiting, withLastWords } from './container-exit.ts';
import { instancesKept, type StopOrder, vanished } from './container-view.ts';
import { exitCodeOf } from './exit-reason.ts';
import { graceAfterMs, runsPreStop, stopGraceMs } from './grace-period.ts';
import { containerNameLabel, podUIDLabel } from './labels.ts';
import { restartsAfterExit } from './should-restart.ts';
import { withdrawn } from './withdrawn.ts';

/** Beyond the grace period, for the runtime itself. */
const stopCallMarginMs = 120_000;

/** Resolves when nothing of the container runs any more; tries until then. Rejects only with `signal.reason`. */
export async function stopInstance(
  node: NodeContext,
  input: StopInput,
  signal: AbortSignal,
): Promise<StopOutput> {
  const record = recordOf(node, input.podUID);
  const container = containerOf(record.pod, input.name);
  const { order, instances: known } = input;
  // A merged order: the one before it has been at work already.
  const killed = new Set(order.skipPreStop ? known.map(({ id }) => id) : []);
  const stop: StopRun = { node, record, container, order, signal, hooked: new Set(), killed, known };
  if (order.discard) record.discarding.add(input.name);
  for (;;) {
    try {
      const left = await stopAll(stop, await instancesOf(node, input, signal));
      noteDead(record, input.name);
      const wasKilled = left[0] === undefined || killed.has(left[0].id);
      if (order.discard) return { instances: await discard(stop, left), removed: [], wasKilled };
      if (!wasKilled || !misleads(stop, left[0])) return { instances: left, removed: [], wasKilled };
      return { instances: await discard(stop, left), removed: left, wasKilled };
    } catch (error) {
      signal.throwIfAborted();
      const message = `error killing pod: ${errorMessage(error)}`;
      node.recordEvent(record.pod, {
        container: input.name,
        type: 'Warning',
        reason: 'FailedKillPod',
        message,
      });
      await sleep(node.clock, spread(node, node.settings.retryMs), signal);
    }
  }
}

/** It looks as if it were done, and is to start over. */
function misleads({ record, container, order }: StopRun, newest: ContainerInfo | undefined): boolean {
  if (!order.startsOver || newest?.state !== 'exited') return false;
  return !restartsAfterExit(record.pod.spec, container, exitCodeOf(newest));
}

interface Stop {
  readonly node: NodeContext;
  readonly record: PodRecord;
  readonly container: Container;
  readonly order: Pick<StopOrder, 'message' | 'cause' | 'gracePeriodMs' | 'waitFor' | 'skipPreStop'>;
  readonly signal: AbortSignal;
  /** The instances whose preStop hook has had its run: a stop that is tried again does not run it again. */
  readonly hooked: Set<string>;
}

interface StopRun extends Stop {
  readonly order: StopOrder;
  /** What the container knew of its instances when the order came. */
  readonly known: readonly ContainerInfo[];
  /** The instances that are being ended, or were: what else has ended did so by itself. */
  readonly killed: Set<string>;
}

/** What the runtime has, not what was remembered: a create call that was cut off may have come through. */
async function instancesOf(
  node: NodeContext,
  input: StopInput,
  signal: AbortSignal,
): Promise<readonly ContainerInfo[]> {
  const labels = { [podUIDLabel]: input.podUID, [containerNameLabel]: input.name };
  const list = (inner: AbortSignal) => node.runtime.listContainers(labels, inner);
  const found = await callRuntime(node, 'listing containers', signal, list);
  const known = new Set(found.map(({ id }) => id));
  const lost = input.instances.filter((info) => !known.has(info.id) && info.state === 'running');
  return [...found, ...lost.map((info) => vanished(info, node.clock.now()))].sort(newestFirst);
}

async function stopAll(
  stop: StopRun,
  instances: readonly ContainerInfo[],
): Promise<readonly ContainerInfo[]> {
  const left: ContainerInfo[] = [];
  for (const info of instances) {
    const ended = info.state === 'exited' ? await noticed(stop, info) : await stopOne(stop, info);
    if (ended !== undefined) left.push(ended);
  }
  return left.slice(0, instancesKept);
}

/** It ended before it could be stopped, or an attempt that failed ended it: its end is told all the same. */
async function noticed(stop: StopRun, info: ContainerInfo): Promise<ContainerInfo> {
  const { node, record, order, signal, known, killed } = stop;
  const isNews = known.some(({ id, state }) => id === info.id && state !== 'exited');
  if (!isNews || isRecorded(record, info)) return info;
  const ended = await withLastWords(node, record, info, signal);
  noteExit(node, record, ended, killed.has(info.id) ? order : foreignCause(ended));
  return ended;
}

function isRecorded({ terminations }: PodRecord, { containerName, attempt }: ContainerInfo): boolean {
  return terminations.some(
    ({ container, restartCount }) => container === containerName && restartCount === attempt,
  );
}

/** The instance after its end; `undefined` when it had no life to end, and is gone. */
async function stopOne(stop: StopRun, info: ContainerInfo): Promise<ContainerInfo | undefined> {
  const { node, signal, killed } = stop;
  killed.add(info.id);
  if (info.state !== 'created') return await endInstance(stop, info);
  try {
    // It goes, because a start call that was cut off may still come through: nobody would look after it then.
    await removeInstance(node, stop.record, info, signal);
    return undefined;
  } catch (error) {
    if (!hasCode(error, 'CONTAINER_RUNNING')) throw error;
    return await endInstance(stop, { ...info, state: 'running' });
  }
}

/** The instance as it is after its end. Rejects when the runtime cannot end it. */
export async function endInstance(stop: Stop, info: ContainerInfo): Promise<ContainerInfo> {
  const { node, record, order, container, signal } = stop;
  node.recordEvent(record.pod, {
    container: container.name,
    type: 'Normal',
    reason: 'Killing',
    message: order.message,
  });
  const { namespace, name: pod, uid } = record.pod.metadata;
  node.publishFact(containerAddress(uid, container.name), 'killing', {
    namespace,
    pod,
    container: container.name,
    containerID: info.id,
    cause: order.cause,
    gracePeriodMs: order.gracePeriodMs,
  });
  let graceMs = order.gracePeriodMs;
  // As in Kubernetes the hook runs while traffic leaves the pod; the stop signal waits for both.
  graceMs = await elapsing(stop, graceMs, async () => {
    await Promise.all([preStop(stop, info, graceMs), withdrawn(node, record, graceMs, signal)]);
  });
  graceMs = await elapsing(stop, graceMs, () => waitTurn(stop, graceMs));
  const graceLeftMs = stopGraceMs(graceMs);
  const end = (inner: AbortSignal) => node.runtime.stopContainer(info.id, graceLeftMs, inner);
  const what = `stopping container ${info.name}`;
  await callRuntime(node, what, signal, end, graceLeftMs + stopCallMarginMs);
  const look = (inner: AbortSignal) => node.runtime.inspectContainer(info.id, inner);
  const after = await callRuntime(node, `inspecting ${info.name}`, signal, look);
  if (after?.state === 'running') throw new Error(`container ${info.name} still runs after it was stopped`);
  const ended = await withLastWords(node, record, after ?? vanished(info, node.clock.now()), signal);
  noteExit(node, record, ended, order);
  return ended;
}

/** Runs a step and gives back the grace that is left after it. */
async function elapsing({ node }: Stop, graceMs: number, step: () => Promise<void>): Promise<number> {
  const beganMs = node.clock.monotonicMs();
  await step();
  return graceAfterMs(graceMs, node.clock.monotonicMs() - beganMs);
}

/** Unlike the kubelet's, a hook that outlives the grace period is told to stop (kubernetes/kubernetes#103300). */
async function preStop(stop: Stop, info: ContainerInfo, graceMs: number): Promise<void> {
  const { node, record, container, order, signal, hooked } = stop;
  const handler = container.lifecycle?.preStop;
  if (handler === undefined || order.skipPreStop || !runsPreStop(container, graceMs)) return;
  if (hooked.has(info.id)) return;
  hooked.add(info.id);
  const deadline = deadlineSignal(node.clock, graceMs, signal, 'the preStop hook');
  const result = await runHook(hookInput(node, record, container, info.id, handler), deadline.signal);
  deadline.clear();
  signal.throwIfAborted();
  if (result.ok) return;
  node.logger.info(
    { pod: record.pod.metadata.name, container: container.name, why: result.message },
    'preStop hook failed',
  );
  const [reason, message] = ['FailedPreStopHook', 'PreStopHook failed'];
  node.recordEvent(record.pod, { container: container.name, type: 'Warning', reason, message });
}

/** A sidecar waits for those that may still need it, as long as there is grace left. */
async function waitTurn({ node, record, order, signal }: Stop, graceMs: number): Promise<void> {
  if (order.waitFor.length === 0 || graceMs <= 0) return;
  const deadline = deadlineSignal(node.clock, graceMs, signal);
  try {
    while (!deadline.signal.aborted && order.waitFor.some((name) => record.alive.has(name))) {
      await nextExit(record, deadline.signal);
    }
  } finally {
    deadline.clear();
  }
  signal.throwIfAborted();
}

/** Resolves with the next end of a container of the pod, or when the signal aborts or has aborted. */
function nextExit(record: PodRecord, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      record.exitListeners.delete(done);
      forget();
      resolve();
    };
    record.exitListeners.add(done);
    const forget = onAbort(signal, done);
  });
}

/** After those that are to be gone before it: what asked for all to start over is the last to be forgotten. */
async function discard(stop: Stop, dead: readonly ContainerInfo[]): Promise<readonly ContainerInfo[]> {
  const { node, record, container, order, signal } = stop;
  while (order.waitFor.some((name) => record.discarding.has(name))) {
    await nextExit(record, signal);
    signal.throwIfAborted();
  }
  for (const { id } of dead) await removeInstance(node, record, { id }, signal);
  record.discarding.delete(container.name);
  wakeWaiting(record);
  return [];
}
