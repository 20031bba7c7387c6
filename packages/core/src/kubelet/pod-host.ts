/** The pods of one node and their actors: who has one, what it begins with, and what happens when it breaks. */

import { type AnyActor, createActor, type Snapshot } from 'xstate';
import { asksForRetry, pauseOf } from '../api/operator-wishes.ts';
import type { StoredPod } from '../api/pod.ts';
import { isTerminalPhase } from '../api/pod-phase.ts';
import { podAddress } from '../bus/actor-address.ts';
import type { ContainerInfo, RuntimeFinding, SandboxInfo } from '../contract/container-runtime.ts';
import { errorMessage } from '../contract/error.ts';
import type { Prober } from '../contract/prober.ts';
import type { ActorDirectory } from '../engine/directory.ts';
import { type Supervisor, supervise } from '../engine/supervise.ts';
import type { ContainerEvent } from './container/container-context.ts';
import { findingsOfPod } from './container/review-ephemeral.ts';
import type { NodeContext, PodRecord } from './node-context.ts';
import { deadlineExceeded, deadlineRemainingMs } from './pod/deadline.ts';
import { isEcho } from './pod/echo.ts';
import { lostInstances } from './pod/lost-instances.ts';
import { noteMissedEnds } from './pod/missed-ends.ts';
import { observationOf, type PodObservation } from './pod/observation.ts';
import type { PodContext, PodEvent, PodInput, PodLogic, PodOutcome } from './pod/pod-context.ts';
import { PodDeadlines } from './pod-deadlines.ts';
import { bindProbes } from './probe/probe-runs.ts';
import type { ActorState } from './status-publisher.ts';
import { reviewVolumes } from './volume/plan-volumes.ts';

export interface PodHostOptions {
  readonly node: NodeContext;
  readonly directory: ActorDirectory;
  readonly logic: PodLogic;
  readonly probers: ReadonlyMap<string, Prober>;
  /** What the runtime has of a pod, as far as it was seen. */
  observe(podUID: string): {
    readonly sandboxes: readonly SandboxInfo[];
    readonly containers: readonly ContainerInfo[];
  };
  /** A pod has no actor any more. */
  onGone(podUID: string): void;
}

interface Hosted {
  readonly record: PodRecord;
  readonly supervisor: Supervisor;
  /** The object was made anew under its UID, as that of a static pod is, before the actor of the old one had ended. */
  next: StoredPod | undefined;
}

export class PodHost {
  private readonly options: PodHostOptions;
  private readonly hosted = new Map<string, Hosted>();
  private readonly deadlines: PodDeadlines;
  private isClosed = false;

  constructor(options: PodHostOptions) {
    this.options = options;
    this.deadlines = new PodDeadlines(options.node.clock, (podUID) => this.expire(podUID));
  }

  get uids(): readonly string[] {
    return [...this.hosted.keys()];
  }

  has(podUID: string): boolean {
    return this.hosted.has(podUID);
  }

  /** The object as it is now: a new pod gets an actor, a known one hears of it. */
  sync(pod: StoredPod): void {
    const known = this.hosted.get(pod.metadata.uid);
    if (known === undefined) {
      if (!this.isClosed) this.admit(pod);
      return;
    }
    if (known.record.isRemoved) {
      known.next = pod;
      return;
    }
    if (isEcho(known.record, pod)) {
      known.record.pod = pod;
      return;
    }
    const isNewSpec = known.record.pod.metadata.generation !== pod.metadata.generation;
    this.noteWishes(known.record.pod, pod);
    known.record.pod = pod;
    this.send(pod.metadata.uid, { type: 'pod.sync', pod });
    this.watchDeadline(pod.metadata.uid);
    // What made it crash may have been in the spec.
    if (isNewSpec) known.supervisor.revive();
  }

  removed(podUID: string): void {
    const known = this.hosted.get(podUID);
    if (known === undefined) return;
    known.record.isRemoved = true;
    known.next = undefined;
    this.send(podUID, { type: 'pod.removed' });
    known.supervisor.revive();
  }

  /** The pod ends, whatever its containers do. */
  kill(podUID: string, outcome: PodOutcome, gracePeriodMs?: number): void {
    const known = this.hosted.get(podUID);
    if (known === undefined) return;
    known.record.outcome ??= outcome;
    this.send(podUID, {
      type: 'pod.kill',
      outcome,
      ...(gracePeriodMs !== undefined && { gracePeriodMs }),
    });
    known.supervisor.revive();
  }

  /** The pod begins anew, with another actor over what is left of it: it was stopped for the node's sake, not for its own. */
  readmit(pod: StoredPod): void {
    const podUID = pod.metadata.uid;
    this.hosted.get(podUID)?.supervisor.stop();
    this.options.directory.stop(podAddress(podUID));
    this.gone(podUID);
    this.sync(pod);
  }

  /** Takes in no more pods. */
  closeDoor(): void {
    this.isClosed = true;
  }

  send(podUID: string, event: PodEvent): void {
    this.hosted.get(podUID)?.supervisor.actor?.send(event);
  }

  /** The sandboxes that the runtime has of a pod, newest first. */
  sandboxesObserved(podUID: string, sandboxes: readonly SandboxInfo[]): void {
    const record = this.hosted.get(podUID)?.record;
    const [newest] = sandboxes;
    // Another agent of this node's name has replaced it while this one stood still: the pod works in that one now.
    if (record?.sandbox !== undefined && newest?.state === 'ready' && newest.attempt > record.sandbox.attempt)
      record.sandbox = newest;
    this.send(podUID, { type: 'sandbox.observed', sandboxes });
  }

  /** What the runtime says of an instance; nothing happens when its container is not one of the pod's. */
  observed(info: ContainerInfo): void {
    const snapshot = this.snapshot(info.podUID);
    const event: ContainerEvent = { type: 'container.observed', info };
    if (snapshot !== undefined) childOf(snapshot, info.containerName)?.send(event);
  }

  stateOf(podUID: string): ActorState | undefined {
    const snapshot = this.snapshot(podUID);
    if (snapshot === undefined) return undefined;
    const state = String(snapshot.value);
    const isAtRest = state === 'finished' || state === 'gone';
    const isFinished = isAtRest || state === 'cleaningUp';
    return {
      context: snapshot.context,
      isEnding: isFinished || state === 'terminating',
      isFinished,
      isAtRest,
    };
  }

  /** Called with each status that was generated: the deadline counts from its start time. */
  statusChanged(podUID: string): void {
    this.watchDeadline(podUID);
  }

  /** Stops the actors and touches no container. */
  abandonAll(): void {
    this.deadlines.clearAll();
    for (const [podUID, { supervisor }] of this.hosted) {
      supervisor.stop();
      this.options.directory.stop(podAddress(podUID));
    }
    this.hosted.clear();
  }

  private admit(pod: StoredPod): void {
    const { node, probers } = this.options;
    const podUID = pod.metadata.uid;
    const record: PodRecord = {
      pod,
      sandbox: undefined,
      sandboxAsked: undefined,
      probes: bindProbes(pod, probers),
      standings: new Map(),
      probeAnswers: new Map(),
      terminations: pod.status?.terminations ?? [],
      status: undefined,
      imageRefs: new Map(),
      imageUsers: new Map(),
      pulls: new Map(),
      alive: new Set(),
      discarding: new Set(),
      removing: new Map(),
      exitListeners: new Set(),
      hasVolumes: false,
      volumeWork: Promise.resolve(),
      withdrawalSinceMs: undefined,
      outcome: this.review(pod),
      isRemoved: false,
    };
    node.records.set(podUID, record);
    const supervisor = supervise({
      clock: node.clock,
      create: () => this.createPod(podUID),
      onCrash: (err, decision) => {
        node.logger.error({ podUID, pod: pod.metadata.name, err, ...decision }, 'pod actor broke');
        const message = `error syncing pod: ${errorMessage(err)}`;
        node.recordEvent(record.pod, { type: 'Warning', reason: 'FailedSync', message });
      },
    });
    this.hosted.set(podUID, { record, supervisor, next: undefined });
  }

  /** What the runtime cannot honour is refused or told by name, never ignored. */
  private review(pod: StoredPod): PodOutcome | undefined {
    const { node } = this.options;
    // A pod that runs already was admitted by an earlier agent.
    if (this.options.observe(pod.metadata.uid).containers.length > 0) return undefined;
    // One that is over was refused by an earlier agent, or needs nothing any more.
    if (isTerminalPhase(pod.status?.phase)) return undefined;
    const findings = this.findings(pod);
    if (findings instanceof Error) return this.refuse(pod, 'UnexpectedAdmissionError', findings.message);
    for (const { severity, field, message } of findings) {
      if (severity !== 'warn') continue;
      node.recordEvent(pod, { type: 'Warning', reason: 'UnsupportedField', message: `${field}: ${message}` });
    }
    const refused = findings.filter(({ severity }) => severity === 'refuse');
    if (refused.length === 0) return undefined;
    const text = refused.map(({ field, message }) => `${field}: ${message}`).join(', ');
    return this.refuse(pod, 'UnsupportedByRuntime', text);
  }

  private findings(pod: StoredPod): readonly RuntimeFinding[] | Error {
    try {
      return [...findingsOfPod(this.options.node.runtime.review(pod)), ...reviewVolumes(pod)];
    } catch (error) {
      const { name } = this.options.node.runtime;
      return new Error(`runtime "${name}" failed to review the pod: ${errorMessage(error)}`);
    }
  }

  private noteWishes(before: StoredPod, pod: StoredPod): void {
    const [was, is] = [pauseOf(before), pauseOf(pod)];
    const tell = (reason: string, message: string) =>
      this.options.node.recordEvent(pod, { type: 'Normal', reason, message });
    if (is !== undefined && is !== was) tell('Paused', `Nothing is started or killed for a probe: ${is}`);
    if (is === undefined && was !== undefined) tell('Resumed', 'The pod is no longer paused');
    if (asksForRetry(before, pod)) tell('RetryRequested', 'What waits for its back-off need not wait');
  }

  private refuse(pod: StoredPod, reason: string, text: string): PodOutcome {
    this.options.node.recordEvent(pod, { type: 'Warning', reason, message: text });
    return { phase: 'Failed', reason, message: `Pod was rejected: ${text}`, isRejected: true };
  }

  private createPod(podUID: string): AnyActor {
    const { node, directory, logic, observe } = this.options;
    const record = node.records.get(podUID);
    if (record === undefined) throw new Error(`no record of pod ${podUID}`);
    const { sandboxes, containers } = observe(podUID);
    // A sandbox that was made a moment ago may not have been listed yet.
    const isListed = sandboxes.some(({ id }) => id === record.sandbox?.id);
    const own = record.sandbox === undefined || isListed ? [] : [record.sandbox];
    const found = observationOf([...own, ...sandboxes], containers);
    const lost = lostInstances(record.pod, record.status ?? record.pod.status, found, node.clock.now());
    const adopted: PodObservation = observationOf(found.sandboxes, [...containers, ...lost]);
    record.sandbox = adopted.sandboxes[0];
    record.discarding.clear();
    for (const info of containers) if (info.state === 'running') record.alive.add(info.containerName);
    noteMissedEnds(node, record, adopted);
    const { outcome, isRemoved } = record;
    const input: PodInput = {
      pod: record.pod,
      adopted,
      givesPodIP: node.runtime.capabilities.podIP,
      isRemoved,
      ...(outcome !== undefined && { outcome }),
    };
    const actor = createActor(logic, { input, clock: node.clock }) as AnyActor;
    directory.register(podAddress(podUID), { ref: actor, child: (path) => descend(actor, path) });
    // Errors are the supervisor's; an observer that leaves them out would end the process.
    actor.subscribe({ complete: () => this.gone(podUID), error: () => {} });
    return actor;
  }

  private gone(podUID: string): void {
    const next = this.hosted.get(podUID)?.next;
    this.deadlines.clear(podUID);
    this.hosted.delete(podUID);
    this.options.node.records.delete(podUID);
    this.options.onGone(podUID);
    if (next !== undefined) this.sync(next);
  }

  private watchDeadline(podUID: string): void {
    const record = this.hosted.get(podUID)?.record;
    if (record === undefined) return;
    const status = record.status ?? record.pod.status;
    this.deadlines.set(podUID, deadlineRemainingMs(record.pod.spec, status, this.options.node.clock.now()));
  }

  private expire(podUID: string): void {
    const { node } = this.options;
    const record = node.records.get(podUID);
    // What ends already, for whatever reason, ends for that reason.
    if (record === undefined || this.stateOf(podUID)?.isEnding) return;
    const { reason, message } = deadlineExceeded;
    node.recordEvent(record.pod, { type: 'Normal', reason, message });
    this.kill(podUID, deadlineExceeded);
  }

  private snapshot(podUID: string): PodSnapshot | undefined {
    return this.hosted.get(podUID)?.supervisor.actor?.getSnapshot() as PodSnapshot | undefined;
  }
}

/** What a pod's logic has to show, whoever wrote it. */
type PodSnapshot = Snapshot<unknown> & {
  readonly value: unknown;
  readonly context: PodContext;
  readonly children: Readonly<Record<string, AnyActor | undefined>>;
};

/** `container/<name>/probe/<type>` below a pod. */
function descend(pod: AnyActor, path: readonly string[]): AnyActor | undefined {
  let current: AnyActor | undefined = pod;
  for (let i = 0; i < path.length && current !== undefined; i += 2) {
    if (path[i] !== levels[i / 2]) return undefined;
    current = childOf(current.getSnapshot() as PodSnapshot, path[i + 1]);
  }
  return current;
}

const levels = ['container', 'probe'];

/** Whatever name is asked for: `constructor` is nobody's child. */
function childOf({ children }: PodSnapshot, name = ''): AnyActor | undefined {
  return Object.hasOwn(children, name) ? children[name] : undefined;
}
