/**
 * What is true, as nobody in the simulation but we can know it: every instance that engines ever ran, every version of
 * every pod that was stored, every order that agents gave. The laws are judged by it.
 */

import type {
  ApiObject,
  Container,
  ContainerConfig,
  ContainerStatus,
  Pod,
  Revision,
  StoredPod,
  StoreEntry,
  StoreValue,
} from '@mooring/core';
import type { FakeContainer } from '@mooring/runtime-fake';
import { namedIn } from './named-in.ts';
import type { ProbeName } from './plan.ts';

export interface Instance {
  readonly id: string;
  readonly node: string;
  readonly podUID: string;
  readonly podName: string;
  readonly container: string;
  readonly attempt: number;
  readonly sandboxID: string;
  readonly image: string;
  state: 'created' | 'running' | 'exited' | 'gone';
  startedAtMs?: number;
  /** How often it was. */
  starts: number;
  endedAtMs?: number;
  exitCode?: number;
  /** It is gone, or ended, by an act that no agent was told of. */
  isLost?: boolean;
  /** A status that names it has been stored. */
  isStored?: boolean;
  /** The life of the agent that asked for its start. */
  startedBy?: string;
  /** The life of the agent that asked for its end while it ran. */
  killedBy?: string;
  /** An agent asked for its end, perhaps in the moment in which it ended by itself. */
  wasToStop?: boolean;
  /** How many lives its agent had had when it was made. */
  readonly livesAtStart: number;
  /** What its programs answered last, in a row. */
  readonly failuresInRow: Partial<Record<ProbeName | 'hook', number>>;
  /** The most failures in a row. */
  readonly longestRun: Partial<Record<ProbeName | 'hook', number>>;
  readonly everFailed: Set<ProbeName | 'hook'>;
  readonly everWell: Set<ProbeName | 'hook'>;
}

export interface PodTruth {
  readonly uid: string;
  readonly name: string;
  /** Empty while it has none. */
  node: string;
  latest: StoredPod;
  /** The UID of the set that it was made for. */
  readonly madeFor: string | undefined;
  isGone: boolean;
  /** When its deletion was first stored. */
  deletedAtMs?: number;
  /** The earliest end that any request granted it. */
  graceEndMs?: number;
  /** Of each container, how often its image was changed. */
  readonly imageChanges: Map<string, number>;
  /** In order of creation. */
  readonly instances: Instance[];
}

/** A call to a runtime that changes something. */
export interface Order {
  readonly life: string;
  /** `exec`: only those that overlap another one of the same command. */
  readonly verb: 'createContainer' | 'startContainer' | 'stopContainer' | 'removeContainer' | 'exec';
  readonly node: string;
  readonly instance: Instance | undefined;
  readonly graceMs?: number;
  /** Another order about the same container that was under way. */
  readonly overlaps?: string;
  /** When the life was told that the pod is deleted, if it was. */
  readonly knownDeletedAtMs?: number | undefined;
}

/** What became of one key of the store. */
export interface Write {
  readonly by: string;
  /** It may have been under way for a while. */
  readonly sentAtMs: number;
  readonly key: string;
  /** The revision that it was meant to replace; 0: none. */
  readonly expected: Revision;
  readonly revision: Revision;
  /** Absent: it was deleted. */
  readonly value: StoreValue | undefined;
  readonly before: StoreEntry | undefined;
}

export type Fact =
  | { readonly type: 'write'; readonly write: Write }
  | { readonly type: 'instance'; readonly change: InstanceChange; readonly instance: Instance }
  | { readonly type: 'order'; readonly order: Order }
  | {
      readonly type: 'stored';
      readonly by: string;
      readonly pod: PodTruth;
      readonly before: StoredPod | undefined;
    }
  | { readonly type: 'removed'; readonly by: string; readonly pod: PodTruth }
  | {
      readonly type: 'answer';
      readonly instance: Instance;
      readonly question: ProbeName | 'hook';
      readonly ok: boolean;
    };

export type InstanceChange = 'created' | 'started' | 'exited' | 'removed' | 'vanished';

export class Truth {
  readonly instances = new Map<string, Instance>();
  readonly pods = new Map<string, PodTruth>();
  /** Lives of agents that were told to stop everything. */
  readonly closing = new Set<string>();
  /** Until when something was wrong between an agent and the engine of its node, as far as is known. */
  readonly faultyUntilMs = new Map<string, number>();
  /** When the clock of a host was last set. */
  readonly clockSetAtMs = new Map<string, number>();
  /** Until when the engine of a node announces nothing. */
  readonly deafUntilMs = new Map<string, number>();
  /** Asks the engine itself. */
  isSandboxReady: (node: string, sandboxID: string) => boolean = () => true;
  /** Nodes whose name more than one agent wanted: what one of them heard of is not known. */
  readonly contested = new Set<string>();
  /** The processes that run pods. */
  readonly agents = new Set<string>();
  /** UIDs of what was deleted in such a way that what it owned stays. */
  readonly orphaning = new Set<string>();
  /** Wishes of users that a container ends: until when one may still be on its way. */
  readonly restartableUntilMs = new Map<string, number>();
  /** No pod is stopped for the silence of its agent before it has lasted so long. Absent: none is. */
  fencedAfterMs: number | undefined;
  /** What the clock of a node shows. */
  wallMs: (node: string) => number = () => this.nowMs();
  readonly nowMs: () => number;
  private readonly listeners: ((fact: Fact) => void)[] = [];
  /** When the last renewal of the lease of a node was sent that its agent heard of. */
  private readonly renewals = new Map<string, number>();
  /** By node: how long it was silent, and until when. */
  private readonly silences = new Map<string, { readonly untilMs: number; readonly ms: number }[]>();
  private readonly slowUntilMs = new Map<string, number>();
  private readonly lives = new Map<string, number>();
  private readonly startRequests = new Map<string, string>();

  constructor(nowMs: () => number) {
    this.nowMs = nowMs;
  }

  subscribe(listener: (fact: Fact) => void): void {
    this.listeners.push(listener);
  }

  /** The instances of one container, oldest first. */
  instancesOf(podUID: string, container: string): readonly Instance[] {
    return (this.pods.get(podUID)?.instances ?? []).filter((one) => one.container === container);
  }

  /** How long ago something ended is told by the clock of its host, where nobody heard of it in time. */
  isAgeUnknown(node: string, endedAtMs: number): boolean {
    const [setAtMs, deafUntilMs] = [this.clockSetAtMs.get(node), this.deafUntilMs.get(node)];
    return (setAtMs ?? Number.NEGATIVE_INFINITY) >= endedAtMs && (deafUntilMs ?? 0) >= endedAtMs;
  }

  wasFaultySince(node: string, sinceMs: number): boolean {
    return (this.faultyUntilMs.get(node) ?? Number.NEGATIVE_INFINITY) >= sinceMs;
  }

  /** An answer of the engine may have come too late. */
  wasSlowSince(node: string, sinceMs: number): boolean {
    return (this.slowUntilMs.get(node) ?? Number.NEGATIVE_INFINITY) >= sinceMs;
  }

  isSlow(node: string, untilMs: number): void {
    this.slowUntilMs.set(node, Math.max(untilMs, this.slowUntilMs.get(node) ?? 0));
  }

  /** How often an agent was begun there. */
  livesOf(node: string): number {
    return this.lives.get(node) ?? 0;
  }

  begins(process: string): void {
    this.lives.set(process, this.livesOf(process) + 1);
    // The next agent counts anew.
    for (const { node, failuresInRow } of this.instances.values())
      if (node === process) failuresInRow.readiness = 0;
  }

  isFaulty(node: string, untilMs: number): void {
    this.faultyUntilMs.set(node, Math.max(untilMs, this.faultyUntilMs.get(node) ?? 0));
  }

  announced(node: string, type: string, container: FakeContainer): void {
    const change = changes[type];
    if (change === undefined) return;
    const instance = this.instances.get(container.info.id) ?? this.met(node, container);
    this.changed(instance, change, container.info.exitCode);
  }

  vanished(id: string): void {
    const instance = this.instances.get(id);
    if (instance === undefined) return;
    instance.isLost = true;
    this.changed(instance, 'vanished');
  }

  ordered(order: Order): void {
    if (order.verb === 'startContainer' && order.instance !== undefined)
      this.startRequests.set(order.instance.id, order.life);
    this.tell({ type: 'order', order });
    if (order.verb !== 'stopContainer' || order.instance === undefined) return;
    order.instance.wasToStop = true;
    if (order.instance.state === 'running') order.instance.killedBy ??= order.life;
  }

  answered(config: ContainerConfig, question: ProbeName | 'hook', ok: boolean): void {
    const instance = this.instancesOf(config.podUID, config.containerName).at(-1);
    if (instance === undefined) return;
    instance.failuresInRow[question] = ok ? 0 : (instance.failuresInRow[question] ?? 0) + 1;
    const run = instance.failuresInRow[question] ?? 0;
    instance.longestRun[question] = Math.max(run, instance.longestRun[question] ?? 0);
    (ok ? instance.everWell : instance.everFailed).add(question);
    this.tell({ type: 'answer', instance, question, ok });
  }

  /** Whether a name in `by` is that of an agent's life. */
  isAgent(by: string): boolean {
    return this.agents.has(by.slice(0, by.indexOf('#')));
  }

  /** A user may have wished for it. */
  mayRestart({ podUID, container }: Pick<Instance, 'podUID' | 'container'>): boolean {
    return (this.restartableUntilMs.get(`${podUID}/${container}`) ?? 0) >= this.nowMs();
  }

  wrote(write: Write): void {
    const { metadata } = (write.value ?? {}) as Partial<ApiObject>;
    if (metadata?.finalizers?.includes('orphan') === true) this.orphaning.add(metadata.uid ?? '');
    this.tell({ type: 'write', write });
  }

  /** A write has come through, and whoever sent it then was told so. */
  acknowledged(key: string, sentAtMs: number): void {
    const [, namespace, node = ''] = key.split('/');
    if (namespace !== 'kube-node-lease') return;
    const lastMs = this.renewals.get(node) ?? sentAtMs;
    const ms = this.nowMs() - lastMs;
    const known = this.silences.get(node) ?? [];
    if (ms >= silenceMsMin) this.silences.set(node, [...known, { untilMs: this.nowMs(), ms }]);
    this.renewals.set(node, Math.max(lastMs, sentAtMs));
  }

  stored(by: string, pod: StoredPod): void {
    const { uid, name } = pod.metadata;
    const known = this.pods.get(uid);
    const truth: PodTruth = known ?? {
      uid,
      name,
      node: pod.spec.nodeName ?? '',
      latest: pod,
      madeFor: pod.metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid,
      isGone: false,
      imageChanges: new Map(),
      instances: [],
    };
    this.pods.set(uid, truth);
    const before = known?.latest;
    truth.latest = pod;
    truth.node = pod.spec.nodeName ?? '';
    const named = namedIn(statusesOf(pod));
    for (const instance of truth.instances) instance.isStored ||= named.has(instance.id);
    if (before !== undefined) noteImageChanges(truth, before, pod);
    this.noteDeletion(truth, pod);
    this.tell({ type: 'stored', by, pod: truth, before });
  }

  removed(by: string, podUID: string): void {
    const pod = this.pods.get(podUID);
    if (pod === undefined) return;
    pod.isGone = true;
    this.tell({ type: 'removed', by, pod });
  }

  /** For how long the agent of a node has not heard that its lease was renewed, or had not until at most `agoMs` ago. */
  silentMs(node: string, agoMs: number): number {
    const past = (this.silences.get(node) ?? []).filter(({ untilMs }) => untilMs >= this.nowMs() - agoMs);
    return Math.max(this.nowMs() - (this.renewals.get(node) ?? 0), ...past.map(({ ms }) => ms));
  }

  private noteDeletion(truth: PodTruth, { metadata }: StoredPod): void {
    if (metadata.deletionTimestamp === undefined) return;
    const nowMs = this.nowMs();
    truth.deletedAtMs ??= nowMs;
    const endMs = nowMs + (metadata.deletionGracePeriodSeconds ?? 0) * 1000;
    truth.graceEndMs = Math.min(truth.graceEndMs ?? endMs, endMs);
  }

  private met(node: string, { config, info }: FakeContainer): Instance {
    const instance: Instance = {
      id: info.id,
      node,
      podUID: config.podUID,
      podName: config.podName,
      container: config.containerName,
      attempt: config.attempt,
      sandboxID: config.sandboxID,
      image: config.image,
      state: 'created',
      starts: 0,
      livesAtStart: this.livesOf(node),
      failuresInRow: {},
      longestRun: {},
      everFailed: new Set(),
      everWell: new Set(),
    };
    this.instances.set(info.id, instance);
    this.pods.get(config.podUID)?.instances.push(instance);
    return instance;
  }

  private changed(instance: Instance, change: InstanceChange, exitCode?: number): void {
    const nowMs = this.nowMs();
    if (change === 'started') {
      instance.state = 'running';
      instance.starts += 1;
      instance.startedAtMs = nowMs;
      const startedBy = this.startRequests.get(instance.id);
      if (startedBy !== undefined) instance.startedBy = startedBy;
    }
    if (change === 'exited' || change === 'vanished') instance.endedAtMs ??= nowMs;
    if (change === 'exited') {
      instance.state = 'exited';
      if (exitCode !== undefined) instance.exitCode = exitCode;
    }
    if (change === 'removed' || change === 'vanished') instance.state = 'gone';
    this.tell({ type: 'instance', change, instance });
  }

  private tell(fact: Fact): void {
    for (const listener of this.listeners) listener(fact);
  }
}

/** What is shorter has no consequences. */
const silenceMsMin = 5000;

const changes: Readonly<Record<string, InstanceChange | undefined>> = {
  created: 'created',
  started: 'started',
  exited: 'exited',
  removed: 'removed',
};

function noteImageChanges(truth: PodTruth, before: StoredPod, now: StoredPod): void {
  for (const { name, image } of containersOf(now)) {
    if (containersOf(before).some((old) => old.name === name && old.image !== image))
      truth.imageChanges.set(name, (truth.imageChanges.get(name) ?? 0) + 1);
  }
}

export function containersOf({ spec }: Pick<StoredPod, 'spec'>): readonly Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
}

/** It is to look into a pod: it is started once, and the pod is what it is without it. */
export function isEphemeral({ spec }: Pick<Pod, 'spec'>, container: string): boolean {
  return (spec.ephemeralContainers ?? []).some(({ name }) => name === container);
}

export function isProbedElsewhere({ latest }: PodTruth): boolean {
  return latest.metadata.annotations?.['mooring.dev/probe-from'] !== undefined;
}

/** Of all containers of a pod, as its status says. */
export function statusesOf({ status }: Pick<StoredPod, 'status'>): readonly ContainerStatus[] {
  const {
    initContainerStatuses = [],
    containerStatuses = [],
    ephemeralContainerStatuses = [],
  } = status ?? {};
  return [...initContainerStatuses, ...containerStatuses, ...ephemeralContainerStatuses];
}
