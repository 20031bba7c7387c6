/** The pods of one node and their actors: who has one, what it begins with, and what happens when it breaks. */

import { type AnyActor, createActor, type Snapshot } from 'xstate';
import type { PodStatus, StoredPod } from '../api/pod.ts';
import { podAddress } from '../bus/actor-address.ts';
import type { TimerHandle } from '../contract/clock.ts';
import type { ContainerInfo, SandboxInfo } from '../contract/container-runtime.ts';
import { errorMessage } from '../contract/error.ts';
import type { Prober } from '../contract/prober.ts';
import type { ActorDirectory } from '../engine/directory.ts';
import { type Supervisor, supervise } from '../engine/supervise.ts';
import type { ContainerEvent } from './container/container-context.ts';
import type { NodeContext, PodRecord } from './node-context.ts';
import { deadlineExceeded, deadlineRemainingMs } from './pod/deadline.ts';
import { observationOf, type PodObservation } from './pod/observation.ts';
import type { PodContext, PodEvent, PodInput, PodLogic, PodOutcome } from './pod/pod-context.ts';
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
  deadline: TimerHandle | undefined;
}

export class PodHost {
  private readonly options: PodHostOptions;
  private readonly hosted = new Map<string, Hosted>();

  constructor(options: PodHostOptions) {
    this.options = options;
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
      this.admit(pod);
      return;
    }
    const isNewSpec = known.record.pod.metadata.generation !== pod.metadata.generation;
    known.record.pod = pod;
    this.send(pod.metadata.uid, { type: 'pod.sync', pod });
    // What made it crash may have been in the spec.
    if (isNewSpec) known.supervisor.revive();
  }

  removed(podUID: string): void {
    this.send(podUID, { type: 'pod.removed' });
  }

  send(podUID: string, event: PodEvent): void {
    this.hosted.get(podUID)?.supervisor.actor?.send(event);
  }

  /** What the runtime says of an instance; nothing happens when its container is not one of the pod's. */
  observed(info: ContainerInfo): void {
    const snapshot = this.snapshot(info.podUID);
    const event: ContainerEvent = { type: 'container.observed', info };
    snapshot?.children[info.containerName]?.send(event);
  }

  stateOf(podUID: string): ActorState | undefined {
    const snapshot = this.snapshot(podUID);
    if (snapshot === undefined) return undefined;
    const state = String(snapshot.value);
    const isAtRest = state === 'finished' || state === 'gone';
    return { context: snapshot.context, isFinished: isAtRest || state === 'cleaningUp', isAtRest };
  }

  /** Called with each status that was generated: the deadline counts from its start time. */
  statusChanged(podUID: string, status: PodStatus): void {
    const hosted = this.hosted.get(podUID);
    if (hosted === undefined || hosted.deadline !== undefined) return;
    const { clock } = this.options.node;
    const leftMs = deadlineRemainingMs(hosted.record.pod.spec, status, clock.now());
    if (leftMs === undefined) return;
    hosted.deadline = clock.setTimeout(() => this.expire(podUID), leftMs);
  }

  /** Stops the actors and touches no container. */
  abandonAll(): void {
    for (const [podUID, { supervisor, deadline }] of this.hosted) {
      this.options.node.clock.clearTimeout(deadline);
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
      probes: bindProbes(pod, probers),
      terminations: pod.status?.terminations ?? [],
      status: undefined,
      imageRefs: new Map(),
      pulls: new Map(),
      alive: new Set(),
      exitListeners: new Set(),
      rejection: this.review(pod),
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
    this.hosted.set(podUID, { record, supervisor, deadline: undefined });
  }

  /** What the runtime cannot honour is refused or told by name, never ignored. */
  private review(pod: StoredPod): PodOutcome | undefined {
    const { node } = this.options;
    // A pod that runs already was admitted by an earlier agent.
    if (this.options.observe(pod.metadata.uid).containers.length > 0) return undefined;
    const findings = [...node.runtime.review(pod), ...reviewVolumes(pod)];
    for (const { severity, field, message } of findings) {
      if (severity !== 'warn') continue;
      node.recordEvent(pod, { type: 'Warning', reason: 'UnsupportedField', message: `${field}: ${message}` });
    }
    const refused = findings.filter(({ severity }) => severity === 'refuse');
    if (refused.length === 0) return undefined;
    const text = refused.map(({ field, message }) => `${field}: ${message}`).join(', ');
    const outcome = {
      phase: 'Failed',
      reason: 'UnsupportedByRuntime',
      message: `Pod was rejected: ${text}`,
    } as const;
    node.recordEvent(pod, { type: 'Warning', reason: outcome.reason, message: text });
    return outcome;
  }

  private createPod(podUID: string): AnyActor {
    const { node, directory, logic, observe } = this.options;
    const record = node.records.get(podUID);
    if (record === undefined) throw new Error(`no record of pod ${podUID}`);
    const { sandboxes, containers } = observe(podUID);
    const adopted: PodObservation = observationOf(sandboxes, containers);
    record.sandbox = adopted.sandboxes[0];
    for (const info of containers) if (info.state === 'running') record.alive.add(info.containerName);
    const { rejection } = record;
    const input: PodInput = {
      pod: record.pod,
      adopted,
      givesPodIP: node.runtime.capabilities.podIP,
      ...(rejection !== undefined && { rejection }),
    };
    const actor = createActor(logic, { input, clock: node.clock }) as AnyActor;
    directory.register(podAddress(podUID), { ref: actor, child: (path) => descend(actor, path) });
    // Errors are the supervisor's; an observer that leaves them out would end the process.
    actor.subscribe({ complete: () => this.gone(podUID), error: () => {} });
    return actor;
  }

  private gone(podUID: string): void {
    const hosted = this.hosted.get(podUID);
    this.options.node.clock.clearTimeout(hosted?.deadline);
    this.hosted.delete(podUID);
    this.options.node.records.delete(podUID);
    this.options.onGone(podUID);
  }

  private expire(podUID: string): void {
    const { node } = this.options;
    const record = node.records.get(podUID);
    if (record === undefined) return;
    node.recordEvent(record.pod, {
      type: 'Normal',
      reason: deadlineExceeded.reason,
      message: deadlineExceeded.message,
    });
    this.send(podUID, { type: 'pod.kill', outcome: deadlineExceeded });
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
  for (let i = 1; i < path.length && current !== undefined; i += 2) {
    const name = path[i] ?? '';
    current = (current.getSnapshot() as PodSnapshot).children[name];
  }
  return current;
}
