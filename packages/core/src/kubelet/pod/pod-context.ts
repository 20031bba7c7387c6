/** The types that the pod machine speaks, and the pure steps that change its context. */

import type { ActorLogic, ErrorActorEvent, Snapshot } from 'xstate';
import type { Container, StoredPod } from '../../api/pod.ts';
import { allContainers, roleOf } from '../../api/pod-containers.ts';
import { isFinished } from '../../api/pod-phase.ts';
import type { ContainerInfo, SandboxInfo } from '../../contract/container-runtime.ts';
import type { ContainerInput, ContainerReported } from '../container/container-context.ts';
import { type ContainerVerdicts, type ContainerView, instancesKept } from '../container/container-view.ts';
import { podGraceMs } from '../container/grace-period.ts';
import { probeSettings } from '../probe/settings.ts';
import { containerProbes } from '../probe/workers.ts';
import { computePodActions, type PodActions } from './compute-actions.ts';
import { observationOf, type PodObservation, type ProbeResults, type ProbeVerdict } from './observation.ts';

/** Why the pod as a whole ended, or may not begin. */
export interface PodOutcome {
  readonly phase: 'Failed';
  readonly reason: string;
  readonly message: string;
  /** It may not begin. */
  readonly isRejected?: boolean;
}

export interface PodInput {
  readonly pod: StoredPod;
  /** What the runtime had of this pod when the agent started. */
  readonly adopted: PodObservation;
  readonly givesPodIP: boolean;
  /** The pod was refused at the door, or had to end already when its actor began. */
  readonly outcome?: PodOutcome;
  /** The object was gone from the store already. */
  readonly isRemoved?: boolean;
}

export interface PodContext {
  readonly input: PodInput;
  /** The newest version of the object with news in it: a status that the agent has written since may be missing. */
  readonly pod: StoredPod;
  /** The containers have their actors. */
  readonly hasContainers: boolean;
  /** Newest first. */
  readonly sandboxes: readonly SandboxInfo[];
  readonly views: Readonly<Record<string, ContainerView>>;
  /** What has to be done, as of the last news. */
  readonly actions: PodActions;
  readonly outcome: PodOutcome | undefined;
  /** In force since the pod began to end; it only shrinks. */
  readonly graceMs: number | undefined;
  /** The object is gone from the store: nobody will ask for a status. */
  readonly isRemoved: boolean;
}

export type PodEvent =
  /** The object as it is now. That a status of the agent's own has been written is no news. */
  | { readonly type: 'pod.sync'; readonly pod: StoredPod }
  /** The object does not exist any more. */
  | { readonly type: 'pod.removed' }
  /** End it, with a reason that its status shows (deadline, eviction). */
  | { readonly type: 'pod.kill'; readonly outcome: PodOutcome; readonly gracePeriodMs?: number }
  /** The sandboxes that the runtime has now, newest first. */
  | { readonly type: 'sandbox.observed'; readonly sandboxes: readonly SandboxInfo[] }
  | ContainerReported
  | ErrorActorEvent;

/** What an actor of a pod hears and takes: any XState logic that keeps to it can be one. */
export type PodLogic = ActorLogic<Snapshot<unknown>, PodEvent, PodInput>;

export interface SetUpInput {
  readonly podUID: string;
  readonly sandboxes: readonly SandboxInfo[];
  readonly sandboxAttempt: number;
}

export interface CleanUpInput {
  readonly podUID: string;
  /** Remove everything, and the object too. Otherwise the dead containers stay, for their logs. */
  readonly isFinal: boolean;
  /** Only the agent stops: its successor goes on with the pod, and with what the pod has in its volumes. */
  readonly isPaused: boolean;
}

/** The outcome of pods whose agent stops; no status shows it. */
export const nodeShutdown: PodOutcome = {
  phase: 'Failed',
  reason: 'NodeShutdown',
  message: 'the agent is being stopped',
};

export function setUpInput({ pod, sandboxes, actions }: PodContext): SetUpInput {
  return { podUID: pod.metadata.uid, sandboxes, sandboxAttempt: actions.sandboxAttempt };
}

export function cleanUpInput(context: PodContext): CleanUpInput {
  const isFinal = isDeleted(context);
  return {
    podUID: context.pod.metadata.uid,
    isFinal,
    isPaused: !isFinal && context.outcome?.reason === nodeShutdown.reason,
  };
}

export function initialContext(input: PodInput): PodContext {
  const views: Record<string, ContainerView> = {};
  for (const { name } of allContainers(input.pod)) views[name] = firstView(input, name);
  const { pod, outcome, isRemoved = false } = input;
  return planned({
    input,
    pod,
    hasContainers: false,
    sandboxes: input.adopted.sandboxes,
    views,
    actions: nothingToDo,
    outcome,
    graceMs: undefined,
    isRemoved,
  });
}

function firstView({ adopted }: PodInput, name: string): ContainerView {
  const instances = adopted.containers
    .filter(({ containerName }) => containerName === name)
    .slice(0, instancesKept);
  return {
    name,
    activity: instances[0]?.state === 'running' ? 'running' : 'idle',
    instances,
    verdicts: {},
    startFailure: undefined,
  };
}

const nothingToDo: PodActions = {
  killPod: false,
  createSandbox: false,
  sandboxID: '',
  sandboxAttempt: 0,
  initContainersToStart: [],
  containersToStart: [],
  ephemeralContainersToStart: [],
  containersToKill: [],
  containersToReset: [],
};

/** The context with what has to be done now. */
export function planned(context: PodContext): PodContext {
  const { pod, input, views } = context;
  const observation = observationIn(context);
  const probes = probeResultsIn(context);
  const starting = new Set<string>();
  for (const { name, activity } of Object.values(views)) if (activity === 'starting') starting.add(name);
  return {
    ...context,
    actions: computePodActions({ pod, observation, probes, starting, givesPodIP: input.givesPodIP }),
  };
}

export function observationIn({ sandboxes, views }: Pick<PodContext, 'sandboxes' | 'views'>): PodObservation {
  return observationOf(
    sandboxes,
    Object.values(views).flatMap(({ instances }) => instances),
  );
}

export function probeResultsIn({ views }: Pick<PodContext, 'views'>): ProbeResults {
  const liveness = new Map<string, ProbeVerdict>();
  const readiness = new Map<string, ProbeVerdict>();
  const startup = new Map<string, ProbeVerdict>();
  for (const { instances, verdicts } of Object.values(views)) {
    const id = instances[0]?.id;
    if (id === undefined) continue;
    if (verdicts.liveness !== undefined) liveness.set(id, verdicts.liveness);
    if (verdicts.readiness !== undefined) readiness.set(id, verdicts.readiness);
    if (verdicts.startup !== undefined) startup.set(id, verdicts.startup);
  }
  return { liveness, readiness, startup };
}

/** Those that have no actor yet: all of them at first, later what was added to the pod. */
export function containersWithoutActor({ pod, views, hasContainers }: PodContext): readonly Container[] {
  const all = allContainers(pod);
  return hasContainers ? all.filter(({ name }) => views[name] === undefined) : all;
}

/** The context in which these have their actors. */
export function withActors(context: PodContext, containers: readonly Container[]): PodContext {
  const views = { ...context.views };
  for (const { name } of containers) views[name] ??= firstView(context.input, name);
  return { ...context, views, hasContainers: true };
}

export function withView(context: PodContext, view: ContainerView): PodContext {
  return { ...context, views: { ...context.views, [view.name]: view } };
}

/** The grace period once the pod is ending; a second, longer one does not count. */
export function withGrace(context: PodContext, overrideMs?: number): PodContext {
  const graceMs = podGraceMs(context.pod, {
    ...(overrideMs !== undefined && { overrideMs }),
    ...(context.graceMs !== undefined && { currentMs: context.graceMs }),
  });
  return { ...context, graceMs };
}

export function isDeleted(context: PodContext): boolean {
  return context.isRemoved || context.pod.metadata.deletionTimestamp !== undefined;
}

/** A phase that is never left. */
export function hasEnded(context: PodContext): boolean {
  return context.outcome !== undefined || isFinished(context.pod);
}

export function isAllIdle(context: PodContext): boolean {
  return Object.values(context.views).every(({ activity }) => activity === 'idle');
}

/** Something may run, or is about to. */
export function hasLife(context: PodContext): boolean {
  return Object.values(context.views).some(
    ({ instances, activity }) =>
      activity === 'starting' || (instances[0] !== undefined && instances[0].state !== 'exited'),
  );
}

/** There is, or may be, what goes with the end of a pod: its sandbox and its volumes. */
export function leavesRemains({ pod, sandboxes }: PodContext): boolean {
  return sandboxes.length > 0 || (pod.spec.volumes ?? []).length > 0;
}

/** What the actor of a container begins with: its probes, and what was found of it when the agent started. */
export function containerInput(context: PodContext, container: Container): Omit<ContainerInput, 'owner'> {
  const { pod } = context;
  const podUID = pod.metadata.uid;
  const view = context.views[container.name];
  const adopted = view?.instances ?? [];
  const role = roleOf(pod, container);
  const verdicts = adoptedVerdicts(pod, adopted[0]);
  const probes = (role === 'init' ? [] : containerProbes(container)).map(({ type, probe }) => ({
    podUID,
    container: container.name,
    type,
    settings: probeSettings(probe),
    ...(role === 'sidecar' && { isSidecar: true }),
    ...adoptedRule(adopted[0], verdicts[type]),
  }));
  return { podUID, name: container.name, probes, adopted, adoptedVerdicts: verdicts };
}

function adoptedRule(info: ContainerInfo | undefined, verdict: ProbeVerdict | undefined) {
  if (info?.state !== 'running') return {};
  const firstDelayMs = 'random' as const;
  return verdict === undefined
    ? { firstDelayMs }
    : { firstDelayMs, adopted: { containerID: info.id, verdict } };
}

/** What was last published of a running container stays true until a probe says otherwise: no flip by a new agent. */
function adoptedVerdicts({ status }: StoredPod, info: ContainerInfo | undefined): ContainerVerdicts {
  if (info?.state !== 'running') return {};
  const statuses = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  const known = statuses.find(({ containerID }) => containerID?.endsWith(`://${info.id}`));
  if (known === undefined) return {};
  return {
    ...(known.started === true && {
      startup: 'success' as const,
      readiness: known.ready === true ? 'success' : 'failure',
    }),
  };
}
