/**
 * What to do now for one pod, from what is there now: the one decision behind every start, restart and
 * kill. It remembers nothing, so acting on it late, twice or only in part is repaired by asking again.
 */

import { pauseOf } from '../../api/operator-wishes.ts';
import type { Container, Pod } from '../../api/pod.ts';
import { ownContainers } from '../../api/pod-containers.ts';
import type { ContainerInfo, SandboxID } from '../../contract/container-runtime.ts';
import { exitCodeOf } from '../container/exit-reason.ts';
import { type ContainerToReset, containersToReset } from '../container/restart-rules.ts';
import {
  effectiveRestartPolicy,
  restartsAfterExit,
  restartsAfterKill,
  shouldRestart,
} from '../container/should-restart.ts';
import { type ContainerToKill, killApp, killCause, killUnknown } from './container-kill.ts';
import { initActions } from './init-actions.ts';
import { newestByName, type PodObservation, type ProbeResults } from './observation.ts';
import { type SandboxDecision, sandboxDecision } from './sandbox.ts';

export interface PodActions {
  /** Stop everything: all containers, sidecars last, then the sandbox. */
  readonly killPod: boolean;
  /** Make a new sandbox, after the kill. */
  readonly createSandbox: boolean;
  /** The one in use, or to be replaced; empty when there is none. */
  readonly sandboxID: SandboxID;
  /** Of the sandbox in use, or of the new one. */
  readonly sandboxAttempt: number;
  /** In starting order; each passes its own back-off. */
  readonly initContainersToStart: readonly string[];
  readonly containersToStart: readonly string[];
  /** Those that have never run; they wait for no other, and nothing waits for them. */
  readonly ephemeralContainersToStart: readonly string[];
  /**
   * Killed before anything is started. With `killPod` it lists only those that have a reason of their own (a failed
   * probe under `Never`): their text and grace period hold, the others are stopped as the pod is.
   */
  readonly containersToKill: readonly ContainerToKill[];
  /** `RestartAllContainers`: all these are killed with no grace and removed, in this order; nothing else is done. */
  readonly containersToReset: readonly ContainerToReset[];
}

export interface PodView {
  readonly pod: Pod;
  readonly observation: PodObservation;
  readonly probes: ProbeResults;
  /**
   * Containers whose next instance is being made. The end of the last one has been judged: asking what its exit code
   * means would take back a restart that does not depend on it (a failed probe, a new image).
   */
  readonly starting?: ReadonlySet<string>;
  /** The runtime gives each pod an address of its own. */
  readonly givesPodIP: boolean;
}

export function computePodActions(view: PodView): PodActions {
  return pauseOf(view.pod) === undefined ? decide(view) : whilePaused(view);
}

/**
 * An end goes on: a deletion, a pod that has had its run. Nothing else is begun but what somebody adds to look into the
 * pod, and no probe counts.
 */
function whilePaused(view: PodView): PodActions {
  const { readiness } = view.probes;
  const actions = decide({ ...view, probes: { readiness, liveness: noVerdicts, startup: noVerdicts } });
  const { killPod, createSandbox, sandboxID, sandboxAttempt: attempt, ephemeralContainersToStart } = actions;
  return {
    ...idle({ sandboxID, attempt }),
    killPod: killPod && !createSandbox,
    ephemeralContainersToStart,
  };
}

const noVerdicts: ProbeResults['liveness'] = new Map();

function decide(view: PodView): PodActions {
  const { pod, observation, probes } = view;
  const sandbox = sandboxDecision(pod, observation.sandboxes, view.givesPodIP);
  const newest = newestByName(observation);
  // Nothing of a deleted pod is ever started again.
  if (pod.metadata.deletionTimestamp !== undefined) return { ...idle(sandbox), killPod: true };
  if (!sandbox.isUsable) return actionsWithoutSandbox(pod, newest, sandbox);
  const toReset = containersToReset(pod, observation.containers, newest, sandbox.sandboxID);
  if (toReset.length > 0) return { ...idle(sandbox), containersToReset: toReset };
  const { starting = nobody } = view;
  const init = initActions({ pod, newest, probes, starting, sandboxID: sandbox.sandboxID });
  if (init === 'failed') return { ...idle(sandbox), killPod: true };
  const before = {
    ...idle(sandbox),
    initContainersToStart: init.toStart,
    ephemeralContainersToStart: neverRun(pod, newest),
    containersToKill: init.toKill,
  };
  return init.initialized ? withApps(before, view, newest, starting) : before;
}

function idle(sandbox: Pick<SandboxDecision, 'sandboxID' | 'attempt'>): PodActions {
  return {
    killPod: false,
    createSandbox: false,
    sandboxID: sandbox.sandboxID,
    sandboxAttempt: sandbox.attempt,
    initContainersToStart: none,
    containersToStart: none,
    ephemeralContainersToStart: none,
    containersToKill: none,
    containersToReset: none,
  };
}

/** An instance that was made and not started yet has not run either. */
function neverRun({ spec }: Pod, newest: ReadonlyMap<string, ContainerInfo>): readonly string[] {
  const waiting = spec.ephemeralContainers?.filter(
    ({ name }) => (newest.get(name)?.state ?? 'created') === 'created',
  );
  return waiting?.map(({ name }) => name) ?? none;
}

const none: readonly never[] = [];
const nobody: ReadonlySet<string> = new Set();

/** Everything goes down with the old sandbox; what may run again starts over in a new one, from the first init container. */
function actionsWithoutSandbox(
  pod: Pod,
  newest: ReadonlyMap<string, ContainerInfo>,
  sandbox: SandboxDecision,
): PodActions {
  const down = { ...idle(sandbox), killPod: true };
  const { containers, initContainers = [] } = pod.spec;
  const hasRun = ownContainers(pod).some(({ name }) => newest.has(name));
  // A pod that is never restarted has had its run. The kubelet asks for an attempt above 0 too; here a vanished
  // sandbox ends such a pod as well as a dead one does.
  if (hasRun && containers.every((container) => effectiveRestartPolicy(pod.spec, container) === 'Never'))
    return down;
  const toStart = containers.filter((container) => startsOver(pod, container, newest.get(container.name)));
  if (toStart.length === 0 && containers.some((container) => newest.has(container.name))) return down;
  const first = initContainers[0];
  return first === undefined
    ? { ...down, createSandbox: true, containersToStart: toStart.map(({ name }) => name) }
    : { ...down, createSandbox: true, initContainersToStart: [first.name] };
}

/** Does this app container run again in a new sandbox? One that still runs is killed first. */
function startsOver({ spec }: Pod, container: Container, info: ContainerInfo | undefined): boolean {
  if (info === undefined || info.state === 'created') return true;
  if (info.state === 'exited') return restartsAfterExit(spec, container, exitCodeOf(info));
  return restartsAfterKill(spec, container);
}

function withApps(
  before: PodActions,
  { pod, probes }: PodView,
  newest: ReadonlyMap<string, ContainerInfo>,
  starting: ReadonlySet<string>,
): PodActions {
  const toStart: string[] = [];
  const toKill: ContainerToKill[] = [...before.containersToKill];
  let kept = 0;
  for (const container of pod.spec.containers) {
    const info = newest.get(container.name);
    if (info?.state !== 'running') {
      if (!starting.has(container.name) && !shouldRestart(pod, container, info)) continue;
      toStart.push(container.name);
      if (info?.state === 'unknown') toKill.push(killUnknown(info, 'Container'));
      continue;
    }
    const cause = killCause(container, info, probes);
    if (cause === undefined) {
      kept += 1;
      continue;
    }
    // A changed definition is a wish for the new one, whatever the policy says of failures.
    const restart = cause === 'definition-changed' || restartsAfterKill(pod.spec, container);
    toKill.push(killApp(info, cause, restart));
    if (restart) toStart.push(container.name);
  }
  if (kept > 0 || toStart.length > 0)
    return { ...before, containersToStart: toStart, containersToKill: toKill };
  // Nothing is left to run: sidecars alone do not keep a pod alive.
  const apps = toKill.slice(before.containersToKill.length);
  const ending = { killPod: true, initContainersToStart: none, ephemeralContainersToStart: none };
  return { ...before, ...ending, containersToKill: apps };
}
