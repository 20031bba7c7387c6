/** The types that the container machine speaks, and the pure steps that change its context. */

import type { ActorLogic, ActorRef, ErrorActorEvent, Snapshot } from 'xstate';
import type { ContainerInfo } from '../../contract/container-runtime.ts';
import { errorMessage } from '../../contract/error.ts';
import type { ContainerChanged, ProbeInput, ProbeVerdictChanged } from '../probe/probe-machine.ts';
import { verdictBeforeProbe } from '../probe/worker.ts';
import {
  type ContainerActivity,
  type ContainerVerdicts,
  type ContainerView,
  instancesAfter,
  instancesKept,
  type StartFailure,
  type StopOrder,
} from './container-view.ts';
import type { CrashLoopEntry } from './crash-loop.ts';

/** What a container is now. That it is on its way to its first instance it does not say: who told it to start knows. */
export interface ContainerReported {
  readonly type: 'container.reported';
  readonly view: ContainerView;
}

export interface ContainerInput {
  readonly owner: ActorRef<Snapshot<unknown>, ContainerReported>;
  readonly podUID: string;
  readonly name: string;
  readonly probes: readonly Omit<ProbeInput, 'owner'>[];
  /** Instances found when the agent started, newest first. */
  readonly adopted: readonly ContainerInfo[];
  /** What the last published status says of the adopted instance. */
  readonly adoptedVerdicts: ContainerVerdicts;
}

/** Under another key (a new image, other resources) the back-off starts afresh. */
export interface ContainerBackOff {
  readonly key: string;
  readonly entry: CrashLoopEntry;
}

export interface ContainerContext extends ContainerView {
  readonly input: ContainerInput;
  /** The probes have their actors. */
  readonly hasProbes: boolean;
  /** What the probes were told last. */
  readonly notice: ContainerChanged | undefined;
  readonly backOff: ContainerBackOff | undefined;
  /** Dead instances that the runtime knows no more and the back-off does, newest first. */
  readonly removed: readonly ContainerInfo[];
  /** How long the next attempt has to wait. */
  readonly retryMs: number;
  /** Why the newest instance has to end, from the order until its successor passes the gate. */
  readonly order: StopOrder | undefined;
  /** A person asked for the attempt under way: no back-off holds it up. */
  readonly insists: boolean;
}

export type ContainerEvent =
  /** It should run. Nothing happens when it does, or is on its way. */
  | { readonly type: 'container.start' }
  /** It need not run any more; ends a wait for the next attempt. */
  | { readonly type: 'container.cancel' }
  /** A person's wish: end the wait for the back-off now. */
  | { readonly type: 'container.retry' }
  /** Its definition has changed: what it waits for may not be there any more. */
  | { readonly type: 'container.reconsider' }
  | { readonly type: 'container.stop'; readonly order: StopOrder }
  /** What the runtime says of an instance now. */
  | { readonly type: 'container.observed'; readonly info: ContainerInfo }
  | { readonly type: 'probe.run-now' }
  | ProbeVerdictChanged
  | ErrorActorEvent;

/** What an actor of a container hears and takes: any XState logic that keeps to it can be one. */
export type ContainerLogic = ActorLogic<Snapshot<unknown>, ContainerEvent, ContainerInput>;

export interface StepInput {
  readonly podUID: string;
  readonly name: string;
  readonly instances: readonly ContainerInfo[];
  readonly insists: boolean;
}

/** What the actor `gate` of a container is asked before each start: may it start now? */
export interface GateInput extends StepInput {
  readonly backOff: ContainerBackOff | undefined;
  /** The newest instance was killed to be replaced: the one before it counts for the back-off. */
  readonly afterKill: boolean;
}

/** Leave to start, or how long to wait and what to show meanwhile. */
export type GateOutput =
  | { readonly start: true; readonly backOff: ContainerBackOff | undefined }
  | { readonly start: false; readonly delayMs: number; readonly failure: StartFailure };

export interface StopInput extends StepInput {
  readonly order: StopOrder;
}

/** The instances that are left, newest first. */
export interface StopOutput {
  readonly instances: readonly ContainerInfo[];
  /** Dead ones that were removed so that nobody takes the container for done; its back-off counts from them all the same. */
  readonly removed: readonly ContainerInfo[];
  /** The order ended the newest of them; otherwise it had ended by itself before. */
  readonly wasKilled: boolean;
}

/** What a step rejects with when the container cannot start. */
export interface StepFailure {
  readonly failure: StartFailure;
  readonly retryMs: number;
  /** The instance as it is after the failure, when there is one. */
  readonly info?: ContainerInfo;
}

/** A `StepFailure` as an error to reject with. */
export class StepFailed extends Error implements StepFailure {
  readonly failure: StartFailure;
  readonly retryMs: number;
  readonly info?: ContainerInfo;

  constructor(step: StepFailure) {
    super(`${step.failure.reason}: ${step.failure.message}`);
    this.failure = step.failure;
    this.retryMs = step.retryMs;
    if (step.info !== undefined) this.info = step.info;
  }
}

/** What a rejected step says. Whatever else is thrown is a mistake of ours or of a plugin: shown, and tried again. */
export function stepFailureOf(error: unknown, reason = 'CreateContainerError'): StepFailure {
  if (error instanceof StepFailed) return error;
  return { failure: { reason, message: errorMessage(error) }, retryMs: retryMsDefault };
}

/** Where nobody says how long. */
const retryMsDefault = 10_000;

/** A pause that is no time, as a gate of a user's own may give it, would be none, and the gate were asked again at once, for ever. */
export function retryMsOf({ retryMs }: Pick<ContainerContext, 'retryMs'>): number {
  return retryMs >= 0 ? retryMs : retryMsDefault;
}

export function initialContext(input: ContainerInput): ContainerContext {
  return {
    input,
    hasProbes: false,
    notice: undefined,
    name: input.name,
    activity: 'idle',
    instances: input.adopted,
    verdicts: input.adoptedVerdicts,
    startFailure: undefined,
    backOff: undefined,
    removed: [],
    retryMs: 0,
    order: undefined,
    insists: false,
  };
}

export function stepInput(context: ContainerContext): StepInput {
  const { input, name, instances, insists } = context;
  return { podUID: input.podUID, name, instances, insists };
}

export function gateInput(context: ContainerContext): GateInput {
  const { backOff, order, removed } = context;
  const instances = [...context.instances, ...removed];
  return { backOff, afterKill: order?.restart === true, ...stepInput(context), instances };
}

export function withStopped(context: ContainerContext, output: StopOutput): Partial<ContainerContext> {
  const { order } = context;
  const { instances, removed, wasKilled } = output;
  return {
    instances,
    removed: order?.discard === true ? [] : [...removed, ...context.removed].slice(0, instancesKept),
    // What ended by itself ended for a reason of its own, and waits for its back-off as if there had been no order.
    order: wasKilled ? order : undefined,
  };
}

export function withInstance(context: ContainerContext, info: ContainerInfo): Partial<ContainerContext> {
  const isNew = info.id !== context.instances[0]?.id;
  return {
    instances: instancesAfter(context.instances, info),
    verdicts: isNew ? {} : context.verdicts,
    insists: false,
  };
}

/** Whatever kept it from starting before is over. */
export function withStarted(context: ContainerContext, info: ContainerInfo): Partial<ContainerContext> {
  const activity = info.state === 'running' ? 'running' : context.activity;
  return { ...withInstance(context, info), activity, startFailure: undefined };
}

/** Whichever is later: what a call has answered, or the end that was seen meanwhile. */
export function latestOf(
  { instances }: Pick<ContainerContext, 'instances'>,
  info: ContainerInfo,
): ContainerInfo {
  const known = instances[0];
  return known?.id === info.id && known.state === 'exited' ? known : info;
}

export function stopInput(context: ContainerContext): StopInput {
  if (context.order === undefined)
    throw new Error(`container ${context.name} is being stopped without an order`);
  return { order: context.order, ...stepInput(context) };
}

export function withGate(output: GateOutput): Partial<ContainerContext> {
  // Either way the order has been carried out: what follows is a start like any other.
  if (output.start) return { backOff: output.backOff, order: undefined };
  return { startFailure: output.failure, retryMs: output.delayMs, order: undefined };
}

export function withFailure(context: ContainerContext, failure: StepFailure): Partial<ContainerContext> {
  return {
    startFailure: failure.failure,
    retryMs: failure.retryMs,
    insists: false,
    ...(failure.info && withInstance(context, latestOf(context, failure.info))),
  };
}

/** A probe's word about an instance that has been replaced counts no more. */
export function withVerdict(
  context: ContainerContext,
  event: ProbeVerdictChanged,
): Partial<ContainerContext> {
  if (event.containerID !== context.instances[0]?.id) return {};
  // Not by spread: see `newObject` of the store.
  return { verdicts: Object.assign({}, context.verdicts, { [event.probe]: event.verdict }) };
}

/** Running, and through its startup probe if it has one. */
export function isStarted(context: ContainerContext): boolean {
  if (context.instances[0]?.state !== 'running') return false;
  return (
    context.verdicts.startup === 'success' || !context.input.probes.some(({ type }) => type === 'startup')
  );
}

/**
 * The value that is recorded before any probe: the pod takes it for granted, so it need not hear of it. Every container
 * starts with as many of these as it has probes.
 */
export function isFirstVerdict(context: ContainerContext, { probe, verdict }: ProbeVerdictChanged): boolean {
  return context.verdicts[probe] === undefined && verdict === verdictBeforeProbe[probe];
}

/** What the container's probes are told: which instance there is, and whether it may be looked at. */
export function probeNotice(context: ContainerContext): ContainerChanged {
  const info = context.instances[0];
  const state = info?.state === 'running' ? 'running' : info?.state === 'exited' ? 'terminated' : 'waiting';
  return {
    type: 'container.changed',
    ...(info && { containerID: info.id }),
    ...(info?.startedAtMs !== undefined && { startedAtMs: info.startedAtMs }),
    state,
    started: isStarted(context),
    // A probe retires only with its pod: whether a dead container comes back is the pod's to know.
    willRestart: true,
  };
}

/** Most of what changes about a container is nothing to its probes, such as what they said themselves. */
export function saysTheSame(a: ContainerChanged | undefined, b: ContainerChanged): boolean {
  return (
    a?.containerID === b.containerID &&
    a?.state === b.state &&
    a.started === b.started &&
    a.startedAtMs === b.startedAtMs
  );
}

/**
 * What the pod assumes of each container that begins: nothing is there, and nothing runs; and once it has been told to
 * start, it is on its way. The pod need not hear of either.
 */
export function isTakenForGranted(context: ContainerContext, activity: ContainerActivity): boolean {
  if (context.activity !== 'idle' || context.instances.length > 0) return false;
  return activity === 'idle' || (activity === 'starting' && !context.hasProbes);
}

/** No instance of it has ever been, so that no back-off can hold it up. */
export function hasNoPast({ instances, removed, backOff, order }: ContainerContext): boolean {
  return instances.length === 0 && removed.length === 0 && backOff === undefined && order === undefined;
}

export function viewOf(context: ContainerContext, activity: ContainerActivity): ContainerView {
  const { name, instances, verdicts, startFailure } = context;
  return { name, activity, instances, verdicts, startFailure };
}

export type { ContainerVerdicts };
