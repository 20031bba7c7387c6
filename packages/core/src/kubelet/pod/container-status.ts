/** The status of one container, from its instances and from what was published of it before. */

import { formatTime } from '../../api/meta.ts';
import type {
  Container,
  ContainerState,
  ContainerStateTerminated,
  ContainerStatus,
  Pod,
  TerminationRecord,
} from '../../api/pod.ts';
import type { ContainerRole } from '../../api/pod-containers.ts';
import type { ContainerInfo } from '../../contract/container-runtime.ts';
import type { StartFailure } from '../container/container-view.ts';
import { terminatedState, unlocated } from '../container/exit-reason.ts';
import { resetMessage, resetReason } from '../container/restart-rules.ts';
import { shouldRestart } from '../container/should-restart.ts';
import { definitionChanged } from '../container/spec-hash.ts';
import { cutToShare } from '../container/termination-message.ts';
import { containerReadiness, type Readiness } from '../probe/readiness.ts';
import { containerProbes } from '../probe/workers.ts';
import type { ProbeResults } from './observation.ts';

/** What the containers of a pod have in common when their statuses are made. */
export interface StatusScene {
  readonly pod: Pod;
  /** `<runtimeName>://<id>` is what the API calls a container. */
  readonly runtimeName: string;
  /** The runtime knows an instance of an app container, so the init containers had done their work. */
  readonly hasAppInstance: boolean;
  /** `RestartAllContainers` is under way: what is missing was removed on purpose. */
  readonly restartingAll: boolean;
  /** The ends that were seen. */
  readonly terminations: readonly TerminationRecord[];
  /** So many share the room for termination messages. */
  readonly containerCount: number;
}

export interface ContainerFacts {
  readonly container: Container;
  readonly role: ContainerRole;
  readonly newest: ContainerInfo | undefined;
  /** The instance before the newest, while the runtime knows it. */
  readonly older: ContainerInfo | undefined;
  readonly previous: ContainerStatus | undefined;
  /** The last attempt to start it failed, or the back-off refused it. */
  readonly startFailure: StartFailure | undefined;
  readonly probes: ProbeResults;
}

export function containerStatus(scene: StatusScene, facts: ContainerFacts): ContainerStatus {
  const { newest } = facts;
  const status =
    newest === undefined ? statusWithoutInstance(scene, facts) : statusOfInstance(scene, facts, newest);
  const shown = withStartFailure(scene, facts, status);
  return facts.role === 'ephemeral' ? withoutStart(shown) : shown;
}

/** Nothing waits for such a container, so its status does not say whether it has started. */
function withoutStart({ started: _, ...status }: ContainerStatus): ContainerStatus {
  return status;
}

const lostMessage =
  'The container could not be located when the pod was deleted.  The container used to be Running';
const initDoneMessage =
  'Unable to get init container status from container runtime and pod has been initialized, treat it as exited normally';

function statusWithoutInstance(scene: StatusScene, facts: ContainerFacts): ContainerStatus {
  const { role, previous } = facts;
  const state = previous?.state;
  const isReset = scene.restartingAll && role !== 'ephemeral';
  if (isReset && previous !== undefined && !isWaitingUntouched(state)) {
    return afterReset(facts, previous);
  }
  if (previous !== undefined && state?.terminated !== undefined) return previous;
  if (role === 'init' && scene.hasAppInstance) {
    const terminated = { exitCode: 0, reason: 'Completed', message: initDoneMessage };
    return blank(facts, { terminated });
  }
  const hasInits = (scene.pod.spec.initContainers?.length ?? 0) > 0;
  const waiting = { reason: hasInits ? 'PodInitializing' : 'ContainerCreating' };
  const status = blank(facts, { waiting });
  if (state?.running === undefined) return status;
  const seen = recordedEnd(scene, facts);
  if (seen !== undefined) return { ...status, lastState: { terminated: seen } };
  if (status.lastState?.terminated !== undefined) return status;
  // It ran, and there is no trace of it: without an end the pod would fall back to Pending.
  const isDeleted = scene.pod.metadata.deletionTimestamp !== undefined;
  return {
    ...status,
    lastState: { terminated: { ...unlocated, message: lostMessage } },
    restartCount: (status.restartCount ?? 0) + (isDeleted ? 0 : 1),
  };
}

/** How the instance that was published last has ended: it may be gone, but its end was seen. */
function recordedEnd(
  { terminations }: StatusScene,
  { container: { name }, previous }: ContainerFacts,
): ContainerStateTerminated | undefined {
  const record = terminations.find(
    ({ container, restartCount }) => container === name && restartCount === previous?.restartCount,
  );
  if (record === undefined) return undefined;
  const { exitCode, reason, message, startedAt, finishedAt } = record;
  return {
    exitCode,
    reason,
    ...(message !== undefined && { message }),
    ...(startedAt !== undefined && { startedAt }),
    finishedAt,
    ...(previous?.containerID !== undefined && { containerID: previous.containerID }),
  };
}

/** Waiting for its first start: nothing of it was there to be removed. */
function isWaitingUntouched(state: ContainerState | undefined): boolean {
  return (
    state?.running === undefined && state?.terminated === undefined && state?.waiting?.reason !== resetReason
  );
}

/** Removed by `RestartAllContainers`. A code that was seen stays, the reason says that the restart is counted. */
function afterReset(facts: ContainerFacts, previous: ContainerStatus): ContainerStatus {
  const { state = {} } = previous;
  const waiting = { reason: resetReason, message: resetMessage };
  const status = blank(facts, { waiting });
  if (state.waiting !== undefined) return status;
  const ended = state.terminated ?? { exitCode: unlocated.exitCode };
  const terminated = { ...ended, reason: resetReason, message: resetMessage };
  return { ...status, lastState: { terminated }, restartCount: (previous.restartCount ?? 0) + 1 };
}

/** A status without an instance; what is known of the past is carried on. */
function blank(facts: ContainerFacts, state: ContainerState): ContainerStatus {
  const { container, previous } = facts;
  const { ready, started } = readinessOf(facts, state);
  return {
    name: container.name,
    state,
    lastState: previous?.lastState ?? {},
    ready,
    started,
    restartCount: previous?.restartCount ?? 0,
    image: container.image,
    imageID: '',
  };
}

function readinessOf(
  { container, role, newest, probes }: ContainerFacts,
  { running, terminated }: ContainerState,
): Readiness {
  const startup = newest && probes.startup.get(newest.id);
  const readiness = newest && probes.readiness.get(newest.id);
  const exitCode = terminated?.exitCode;
  return containerReadiness({
    role,
    state: running ? 'running' : terminated ? 'terminated' : 'waiting',
    ...(exitCode !== undefined && { exitCode }),
    probes: containerProbes(container).map(({ type }) => type),
    verdicts: { ...(startup && { startup }), ...(readiness && { readiness }) },
  });
}

function statusOfInstance(scene: StatusScene, facts: ContainerFacts, info: ContainerInfo): ContainerStatus {
  const { previous } = facts;
  const containerID = `${scene.runtimeName}://${info.id}`;
  const isLost = info.state === 'unknown' && previous?.state?.running !== undefined;
  // Once an unknown instance was declared dead it stays so: the end was published.
  const wasEnded = previous?.containerID === containerID && previous.state?.terminated !== undefined;
  if (info.state === 'unknown' && wasEnded) return previous;
  const state = isLost
    ? { terminated: { ...unlocated, containerID } }
    : stateOf(scene, facts, info, containerID);
  const { ready, started } = readinessOf(facts, state);
  return {
    name: facts.container.name,
    state,
    lastState: lastStateOf(scene, facts, containerID),
    ready,
    started,
    // It never goes back, not even when an instance that was counted is removed before it ran.
    restartCount: isLost
      ? (previous.restartCount ?? 0) + 1
      : Math.max(info.attempt, previous?.restartCount ?? 0),
    image: info.image,
    imageID: info.imageRef,
    containerID,
  };
}

function stateOf(
  scene: StatusScene,
  { previous }: ContainerFacts,
  info: ContainerInfo,
  containerID: string,
): ContainerState {
  if (info.state === 'running') {
    return { running: { startedAt: formatTime(info.startedAtMs ?? info.createdAtMs) } };
  }
  if (info.state !== 'exited') return { waiting: {} };
  const terminated = terminatedState(info, containerID);
  const { message: words = publishedWords(previous, terminated) } = terminated;
  if (words === undefined) return { terminated };
  const message = cutToShare(words, scene.containerCount);
  return { terminated: { ...terminated, message } };
}

/** Last words may come from a log: the runtime does not tell them a second time. */
function publishedWords(
  previous: ContainerStatus | undefined,
  { containerID, reason }: ContainerStateTerminated,
): string | undefined {
  const ends = [previous?.state?.terminated, previous?.lastState?.terminated];
  return ends.find((end) => end?.containerID === containerID && end?.reason === reason)?.message;
}

/** How the instance before this one ended; what was published of it outlives its removal from the runtime. */
function lastStateOf(scene: StatusScene, facts: ContainerFacts, containerID: string): ContainerState {
  const { older, previous } = facts;
  if (older?.state === 'exited') return stateOf(scene, facts, older, `${scene.runtimeName}://${older.id}`);
  if (previous === undefined) return {};
  const ofOther = previous.containerID !== containerID ? previous.state?.terminated : undefined;
  const ended = ofOther ?? previous.lastState?.terminated;
  return ended === undefined || ended.containerID === containerID ? {} : { terminated: ended };
}

/** A container that should run again, and could not be started, waits; the end of its last instance moves back. */
function withStartFailure(
  scene: StatusScene,
  facts: ContainerFacts,
  status: ContainerStatus,
): ContainerStatus {
  const { startFailure, container, newest, role } = facts;
  if (startFailure === undefined || !shouldRestart(scene.pod, container, newest)) return status;
  const ended = status.state?.terminated;
  if (role === 'init' && ended?.exitCode === 0) return status;
  const { reason, message } = startFailure;
  return {
    ...status,
    state: { waiting: message === '' ? { reason } : { reason, message } },
    ...(ended !== undefined && { lastState: { terminated: ended } }),
  };
}

/**
 * The restart count of the next instance: one more than that of the last which was started. `previous` is asked when the
 * runtime knows of none: what was published outlives the containers, so the count does too.
 */
export function nextRestartCount(
  container: Container,
  newest: ContainerInfo | undefined,
  previous: ContainerStatus | undefined,
): number {
  if (newest === undefined) {
    const count = previous?.restartCount ?? 0;
    return previous !== undefined && countsAnInstance(previous) ? count + 1 : count;
  }
  // An instance that was made and never ran is started, not replaced, unless it is of another definition.
  const isReused = newest.state === 'created' && !definitionChanged(container, newest);
  return isReused ? newest.attempt : newest.attempt + 1;
}

/** The published count is that of an instance which has run; otherwise it is already that of the one to come. */
function countsAnInstance({ state, lastState }: ContainerStatus): boolean {
  if (state?.running !== undefined) return true;
  const ended = state?.terminated ?? lastState?.terminated;
  // Where the agent inferred an end, it counted the restart with it.
  return ended !== undefined && ended.reason !== unlocated.reason && ended.reason !== resetReason;
}
