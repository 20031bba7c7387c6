/** What the API shows of a pod, made anew at each fact from what is there and what was shown before. */

import { formatTime } from '../../api/meta.ts';
import { pauseOf } from '../../api/operator-wishes.ts';
import {
  type Container,
  type ContainerStatus,
  isSidecar,
  type Pod,
  type PodPhase,
  type PodStatus,
  type TerminationRecord,
} from '../../api/pod.ts';
import type { ContainerRole } from '../../api/pod-containers.ts';
import { isTerminalPhase } from '../../api/pod-phase.ts';
import type { ContainerInfo } from '../../contract/container-runtime.ts';
import type { StartFailure } from '../container/container-view.ts';
import { containersToReset } from '../container/restart-rules.ts';
import { isConditionTrue, podConditions } from './conditions.ts';
import { containerStatus, type StatusScene } from './container-status.ts';
import { newestByName, type PodObservation, type ProbeResults } from './observation.ts';
import { podPhase, type StatusByName, statusesByName } from './phase.ts';
import { qosClass } from './qos.ts';
import { sandboxDecision } from './sandbox.ts';
import { statusEquals } from './status-equals.ts';

export interface StatusInput {
  readonly pod: Pod;
  /** What this agent made last; `undefined` before it made any: the pod's own status counts then. */
  readonly previous: PodStatus | undefined;
  readonly observation: PodObservation;
  readonly probes: ProbeResults;
  /** By container: why it could not be started, from the last attempt that failed until one succeeds. */
  readonly startFailures: ReadonlyMap<string, StartFailure>;
  /** The agent has finished with the pod: nothing runs any more and nothing will. */
  readonly podIsTerminal: boolean;
  /** The pod was ended or refused as a whole (deadline, eviction, admission): this wins over its containers. */
  readonly outcome?:
    | {
        readonly phase: PodPhase;
        readonly reason: string;
        readonly message: string;
        readonly isRejected?: boolean;
      }
    | undefined;
  /** Replaces the list that was published before. */
  readonly terminations?: readonly TerminationRecord[] | undefined;
  readonly runtimeName: string;
  /** The runtime gives each pod an address of its own; otherwise its address is the node's. */
  readonly givesPodIP: boolean;
  readonly hostIP: string | undefined;
  readonly nowMs: number;
}

/** The previous status itself (`===`) when nothing changed. */
export function generatePodStatus(input: StatusInput): PodStatus {
  const { pod, observation } = input;
  const previous = input.previous ?? pod.status ?? {};
  const sandbox = sandboxDecision(pod, observation.sandboxes, input.givesPodIP);
  const newest = newestByName(observation);
  const restartingAll = isRestartingAll(input, previous, newest, sandbox.sandboxID);
  const statuses = containerStatuses(input, previous, newest, restartingAll);
  // It has run and has no instance now, so it starts over, even if it ended well: its remains were removed for that.
  const startsOver = pod.spec.containers.some(
    ({ name }) => !newest.has(name) && statuses.byName.get(name)?.lastState?.terminated !== undefined,
  );
  const verdict = phaseAndReason(input, previous, statuses.byName, restartingAll || startsOver);
  const conditions = podConditions({
    spec: pod.spec,
    statuses: statuses.byName,
    phase: verdict.phase,
    // Of a pod that is over it goes, whatever was seen of it last.
    hasSandbox: sandbox.isUsable && !input.podIsTerminal,
    restartingAll,
    previous: previous.conditions ?? [],
    published: pod.status?.conditions ?? [],
    generation: pod.metadata.generation,
    pause: pauseOf(pod),
    nowMs: input.nowMs,
  });
  // Assigned field by field: an object of many spreads costs more than all the decisions above it.
  const next: Draft = { phase: verdict.phase, conditions };
  if (verdict.reason !== undefined) next.reason = verdict.reason;
  if (verdict.message !== undefined) next.message = verdict.message;
  addAddresses(next, input, previous);
  next.startTime = previous.startTime ?? pod.status?.startTime ?? formatTime(input.nowMs);
  if (!isRejected(input)) addStatuses(next, statuses);
  next.qosClass = previous.qosClass ?? qosClass(pod.spec);
  if (pod.metadata.generation !== undefined) next.observedGeneration = pod.metadata.generation;
  const terminations = input.terminations ?? previous.terminations;
  if (terminations !== undefined) next.terminations = terminations;
  return statusEquals(previous, next) ? previous : next;
}

type Draft = { -readonly [Field in keyof PodStatus]: PodStatus[Field] };

/** Nothing of such a pod was ever there, nor will be: with an end of its own, a container would hide why the pod has none. */
function isRejected({ pod: { status }, outcome, observation }: StatusInput): boolean {
  if (observation.containers.length > 0) return false;
  if (isTerminalPhase(status?.phase)) return status?.containerStatuses === undefined;
  return outcome?.isRejected === true;
}

function addStatuses(next: Draft, { init, app, ephemeral }: Statuses): void {
  if (init.length > 0) next.initContainerStatuses = init;
  next.containerStatuses = app;
  if (ephemeral.length > 0) next.ephemeralContainerStatuses = ephemeral;
}

/** Under way as long as a trigger is there, and then until the first app container is back. */
function isRestartingAll(
  { pod, observation }: StatusInput,
  previous: PodStatus,
  newest: ReadonlyMap<string, ContainerInfo>,
  sandboxID: string,
): boolean {
  if (containersToReset(pod, observation.containers, newest, sandboxID).length > 0) return true;
  return (
    isConditionTrue(previous.conditions, 'AllContainersRestarting') &&
    !pod.spec.containers.some(({ name }) => newest.has(name))
  );
}

interface Statuses {
  /** Sorted by name, as clients expect them. */
  readonly app: readonly ContainerStatus[];
  /** In the order of the spec. */
  readonly init: readonly ContainerStatus[];
  /** Sorted by name. */
  readonly ephemeral: readonly ContainerStatus[];
  readonly byName: StatusByName;
}

function containerStatuses(
  input: StatusInput,
  previous: PodStatus,
  newest: ReadonlyMap<string, ContainerInfo>,
  restartingAll: boolean,
): Statuses {
  const { pod } = input;
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  const scene: StatusScene = {
    pod,
    runtimeName: input.runtimeName,
    hasAppInstance: containers.some(({ name }) => newest.has(name)),
    restartingAll,
    terminations: input.terminations ?? previous.terminations ?? [],
    containerCount: containers.length + initContainers.length + ephemeralContainers.length,
  };
  const before = statusesByName(previous);
  const byName = new Map<string, ContainerStatus>();
  const make = (container: Container, role: ContainerRole): ContainerStatus => {
    const { name } = container;
    const info = newest.get(name);
    const status = containerStatus(scene, {
      container,
      role,
      newest: info,
      older: info && olderThan(input.observation, info),
      previous: before.get(name),
      startFailure: input.startFailures.get(name),
      probes: input.probes,
    });
    byName.set(name, status);
    return status;
  };
  return {
    init: initContainers.map((container) => make(container, isSidecar(container) ? 'sidecar' : 'init')),
    app: containers.map((container) => make(container, 'app')).sort(byContainerName),
    ephemeral: ephemeralContainers.map((container) => make(container, 'ephemeral')).sort(byContainerName),
    byName,
  };
}

function byContainerName(a: ContainerStatus, b: ContainerStatus): number {
  return a.name < b.name ? -1 : 1;
}

function olderThan({ containers }: PodObservation, newest: ContainerInfo): ContainerInfo | undefined {
  return containers.find((info) => info !== newest && info.containerName === newest.containerName);
}

/** A phase that is final is never left; reason and message stay as long as the phase does. */
function phaseAndReason(
  input: StatusInput,
  previous: PodStatus,
  statuses: StatusByName,
  startsOver: boolean,
): Pick<PodStatus, 'reason' | 'message'> & { readonly phase: PodPhase } {
  const { pod, outcome } = input;
  // The object's own phase wins: what everybody has seen cannot be taken back.
  const final = [pod.status, previous].find((status) => isTerminalPhase(status?.phase))?.phase;
  if (final === undefined && outcome !== undefined) {
    const { phase, reason, message } = outcome;
    return { phase, reason, message };
  }
  const derived = podPhase(pod.spec, statuses, input.podIsTerminal);
  // What was killed only to start over has not failed.
  const isInterlude = startsOver && !input.podIsTerminal && isTerminalPhase(derived);
  const phase = final ?? (isInterlude ? (previous.phase ?? 'Running') : derived);
  if (phase !== previous.phase) return { phase };
  const reason = previous.reason ?? pod.status?.reason;
  const message = previous.message ?? pod.status?.message;
  return { phase, ...(reason !== undefined && { reason }), ...(message !== undefined && { message }) };
}

/** The address of a finished pod is kept, for whoever reads its logs. */
function addAddresses(
  next: Draft,
  { pod, observation, givesPodIP, hostIP = pod.status?.hostIP }: StatusInput,
  previous: PodStatus,
): void {
  const isOnHost = pod.spec.hostNetwork === true || !givesPodIP;
  const podIP = (isOnHost ? hostIP : observation.sandboxes[0]?.ip) || previous.podIP;
  if (hostIP !== undefined) {
    next.hostIP = hostIP;
    next.hostIPs = [{ ip: hostIP }];
  }
  if (podIP !== undefined) {
    next.podIP = podIP;
    next.podIPs = [{ ip: podIP }];
  }
}
