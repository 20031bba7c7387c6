/** The node agent: runs the pods that the store binds to its node, with nothing but the runtime to lean on. */

import type { ResourceList, StoredPod } from '../api/pod.ts';
import { allContainers } from '../api/pod-containers.ts';
import { podAddress } from '../bus/actor-address.ts';
import type { Clock, Random } from '../contract/clock.ts';
import type { ContainerRuntime } from '../contract/container-runtime.ts';
import { errorMessage, MooringError } from '../contract/error.ts';
import type { Logger } from '../contract/logger.ts';
import type { Prober } from '../contract/prober.ts';
import { abortable, onAbort, sleep } from '../engine/abortable.ts';
import { withDeadline } from '../engine/deadline.ts';
import type { ActorDirectory } from '../engine/directory.ts';
import { nodeNameIndex } from '../store/common-indices.ts';
import type { Informer } from '../store/informer.ts';
import { jsonEqual } from '../store/json-equal.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { ContainerLogic } from './container/container-context.ts';
import { containerFieldPath } from './container/field-path.ts';
import { containerGraceMs, podGraceMs } from './container/grace-period.ts';
import type { ObjectLookup, ServiceAddress } from './environment/surroundings.ts';
import { removePod, wantedPod } from './live-pod.ts';
import type { KubeletSettings, NodeContext, PodEventRecord, PodRecord } from './node-context.ts';
import { Orphans } from './orphans.ts';
import { missedWords } from './pod/missed-words.ts';
import { nodeShutdown, type PodLogic } from './pod/pod-context.ts';
import { PodHost } from './pod-host.ts';
import type { Vantages } from './probe/ask-vantages.ts';
import type { ProbeLogic } from './probe/probe-machine.ts';
import type { PodTraffic } from './proxy/pod-traffic.ts';
import { RuntimeWatch } from './runtime-watch.ts';
import { SpentInstances } from './spent-instances.ts';
import { createStatusPublisher, type StatusPublisher } from './status-publisher.ts';
import { Successors } from './successors.ts';
import { refreshVolumes } from './volume/refresh-volumes.ts';
import type { VolumeHost } from './volume/volume-host.ts';
import { alwaysPermitted, type WritePermit } from './write-permit.ts';

/** The three machines. A user may put others in their place. */
export interface KubeletLogic {
  probe(node: NodeContext): ProbeLogic;
  container(node: NodeContext, probe: ProbeLogic): ContainerLogic;
  pod(node: NodeContext, container: ContainerLogic): PodLogic;
}

export interface KubeletOptions {
  readonly nodeName: string;
  readonly hostIP: string;
  readonly allocatable: ResourceList;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly runtime: ContainerRuntime;
  readonly volumes: VolumeHost;
  readonly objects: ObjectStore;
  /** Pods of all nodes, indexed by `nodeName`. */
  readonly pods: Informer<StoredPod>;
  readonly lookup: ObjectLookup;
  readonly traffic: PodTraffic;
  readonly vantages: Pick<Vantages, 'ask'>;
  servicesSeenFrom(namespace: string): readonly ServiceAddress[];
  readonly directory: ActorDirectory;
  readonly probers: ReadonlyMap<string, Prober>;
  readonly settings: KubeletSettings;
  readonly relistMs: number;
  readonly logic: KubeletLogic;
  /** Absent: always. */
  readonly permit?: WritePermit;
  /** Hears of each answer and each silence of the runtime. */
  onHealth?(health: RuntimeHealth): void;
  recordEvent(pod: StoredPod, fieldPath: string | undefined, event: PodEventRecord): void;
  publishFact(address: string, fact: string, data: object): void;
}

/** Whether the runtime of a node answers, and what it says. */
export interface RuntimeHealth {
  readonly ready: boolean;
  readonly message: string;
}

/** Pause between attempts to reach the runtime at the start (100 ms, doubling to 5 s). */
const runtimeRetryMs = 100;
const runtimeRetryMsMax = 5000;
/** Of ending what is under way: an agent is not kept by calls that pay no attention to their abort. */
const endMsMax = 10_000;

export class Kubelet implements AsyncDisposable {
  private readonly options: KubeletOptions;
  private readonly node: NodeContext;
  private readonly host: PodHost;
  private readonly watch: RuntimeWatch;
  private readonly statuses: StatusPublisher;
  private readonly orphans: Orphans;
  private readonly spent: SpentInstances;
  private readonly successors: Successors;
  private readonly controller = new AbortController();
  private readonly loops: Promise<void>[] = [];
  private health: RuntimeHealth = { ready: false, message: 'not looked at yet' };
  private stopped: Promise<void> | undefined;

  constructor(options: KubeletOptions) {
    this.options = options;
    this.node = this.contextOf(options);
    const { logic } = options;
    const container = logic.container(this.node, logic.probe(this.node));
    this.host = new PodHost({
      node: this.node,
      directory: options.directory,
      logic: logic.pod(this.node, container),
      probers: options.probers,
      observe: (podUID) => this.watch.observed(podUID),
      onGone: (podUID) => this.statuses.forget(podUID),
    });
    this.watch = new RuntimeWatch({
      node: this.node,
      relistMs: options.relistMs,
      onInstance: (info) => this.host.observed(info),
      onSandboxes: (podUID, sandboxes) => this.host.sandboxesObserved(podUID, sandboxes),
      onRelist: () => void this.tidy(this.controller.signal).catch(this.report),
      onHealth: (health) => this.noteHealth(health),
    });
    this.statuses = createStatusPublisher(this.node, options.objects, (podUID) => this.host.stateOf(podUID), {
      onStatus: (podUID) => this.host.statusChanged(podUID),
      permit: this.permit,
    });
    this.orphans = new Orphans(this.node);
    this.spent = new SpentInstances(this.node, (size) => this.watch.crowds(size));
    this.successors = new Successors(this.node, (size) => this.watch.crowds(size));
  }

  /** Does the runtime answer? */
  get runtimeHealth(): RuntimeHealth {
    return this.health;
  }

  /**
   * Looks at the runtime, then at the store, and goes to work. Rejects when `signal` aborts first, or when the agent is
   * ended meanwhile: it must not begin then, for another one may run its pods.
   */
  async start(until: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([until, this.controller.signal]);
    await this.reachRuntime(signal);
    const { nodeName, pods } = this.options;
    await abortable(pods.synced, signal);
    await missedWords(
      this.node,
      pods.byIndex(nodeNameIndex, nodeName),
      (podUID) => this.watch.observed(podUID).containers,
      (info) => this.watch.note(info),
      signal,
    );
    signal.throwIfAborted();
    const unsubscribe = pods.subscribeTo(nodeNameIndex, nodeName, {
      onUpsert: (pod, old) => {
        this.host.sync(pod);
        if (old !== undefined && isRelabelled(pod, old))
          this.refreshVolumes(({ metadata }) => metadata.uid === pod.metadata.uid);
      },
      onDelete: (pod) => this.host.removed(pod.metadata.uid),
    });
    onAbort(this.controller.signal, unsubscribe);
    this.tellAdopted();
    this.loops.push(this.watch.run(this.controller.signal).catch(this.report));
  }

  /** What ran before this agent did and goes on, so that whoever has restarted it sees that nothing was lost. */
  private tellAdopted(): void {
    const running = [...this.node.records.values()].map(({ alive }) => alive.size).filter((size) => size > 0);
    const containers = running.reduce((sum, size) => sum + size, 0);
    if (containers > 0)
      this.options.logger.info({ pods: running.length, containers }, 'running containers adopted');
  }

  /** The grace period of a container of a pod of this node. */
  graceMsOf(podUID: string, container: string): number | undefined {
    const pod = this.node.records.get(podUID)?.pod;
    const spec = pod && allContainers(pod).find(({ name }) => name === container);
    return spec && containerGraceMs(pod, spec);
  }

  /** ConfigMaps, Secrets or labels have changed: volumes made of them are brought up to date in place. */
  refreshVolumes(isAffected: (pod: StoredPod) => boolean): void {
    const { signal } = this.controller;
    for (const record of this.node.records.values()) {
      if (record.hasVolumes && isAffected(record.pod))
        void refreshVolumes(this.node, record, signal).catch(this.report);
    }
  }

  /**
   * A clean stop: every container is stopped with its grace period, hooks included, and no status says so: an agent
   * that starts later brings back what its policy says. Resolves when nothing runs any more, or when what still does
   * cannot be stopped.
   */
  stop(): Promise<void> {
    this.stopped ??= this.stopAll();
    return this.stopped;
  }

  private async stopAll(): Promise<void> {
    this.statuses.silence();
    this.host.closeDoor();
    const { clock, settings, records } = this.node;
    const graces = [...records.values()].map(({ pod }) => podGraceMs(pod));
    const endMs = clock.monotonicMs() + Math.max(0, ...graces) + settings.startMsMax;
    for (const podUID of this.host.uids) this.host.kill(podUID, nodeShutdown);
    const left = () => this.host.uids.filter((podUID) => this.host.stateOf(podUID)?.isAtRest !== true);
    while (left().length > 0 && clock.monotonicMs() < endMs) await sleep(clock, 20);
    for (const podUID of left()) this.leaveBehind(podUID);
    await this.detach();
  }

  /** The pods of which anything may run. */
  get runningPods(): readonly StoredPod[] {
    const live = [...this.node.records].filter(([podUID]) => this.host.stateOf(podUID)?.isEnding !== true);
    return live.map(([, { pod }]) => pod);
  }

  private get permit(): WritePermit {
    return this.options.permit ?? alwaysPermitted;
  }

  /** Whatever is in the store of no pod's status, though it should be, is written: after a time when nothing could be. */
  republish(): void {
    for (const podUID of this.node.records.keys()) this.statuses.changed(podUID);
  }

  /** Stops one pod within this time. No status says so: it is to run again when the node may have it. */
  standDown({ metadata }: StoredPod, gracePeriodMs: number, why: string): void {
    this.statuses.mute(metadata.uid);
    this.host.kill(metadata.uid, { ...nodeShutdown, message: why }, gracePeriodMs);
  }

  /** Looks at all that the runtime has. False when it does not answer. */
  lookAround(): Promise<boolean> {
    return this.watch.lookAround(this.controller.signal);
  }

  /**
   * Lets a pod run again that stood down, unless it was replaced meanwhile: then it goes as any deleted pod does. False
   * while it is still being stopped, or when the store does not say what is wanted.
   */
  async standUp(podUID: string): Promise<boolean> {
    const state = this.host.stateOf(podUID);
    const record = this.node.records.get(podUID);
    if (state === undefined || record === undefined) return true;
    if (!state.isAtRest) return false;
    const { signal } = this.controller;
    let wanted: StoredPod | undefined;
    try {
      wanted = await wantedPod(this.node, this.options.objects, record, signal);
    } catch (err) {
      if (!signal.aborted)
        this.options.logger.warn(
          { podUID, err },
          'the store does not say whether the pod is to run again; asked once more',
        );
      return false;
    }
    try {
      if (wanted !== undefined && !signal.aborted) this.host.readmit(wanted);
      return true;
    } catch (err) {
      // The others that stood down are to run again all the same.
      this.report(err);
      return false;
    }
  }

  private leaveBehind(podUID: string): void {
    const { logger } = this.options;
    // Nothing of it runs; the store or the engine keeps it from being tidied up, and a later agent will do that.
    if (this.host.stateOf(podUID)?.isFinished) logger.warn({ podUID }, 'pod stopped and not cleaned up yet');
    else logger.error({ podUID }, 'pod could not be stopped');
  }

  /** Stops the agent and touches no container: its successor adopts them. */
  async detach(): Promise<void> {
    this.statuses.silence();
    this.controller.abort(new MooringError('ABORTED', `agent ${this.options.nodeName} stopped`));
    this.host.abandonAll();
    const ending = async () => {
      await Promise.all(this.loops);
      await this.statuses[Symbol.asyncDispose]();
    };
    const { clock, logger } = this.options;
    try {
      await withDeadline(clock, endMsMax, undefined, 'ending the work under way', ending);
    } catch (err) {
      logger.warn(
        { err },
        'work of the agent has not ended: the store or the runtime does not heed its signal',
      );
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  private readonly report = (err: unknown): void => {
    if (this.controller.signal.aborted) return;
    this.options.logger.error({ err }, 'background work failed');
  };

  private contextOf(options: KubeletOptions): NodeContext {
    const { recordEvent, publishFact, lookup, ...shared } = options;
    const records = new Map<string, PodRecord>();
    return {
      ...shared,
      objects: lookup,
      records,
      noteInstance: (info) => this.watch.note(info),
      noteRemoved: (id) => this.watch.noteRemoved(id),
      noteNoSandboxes: (podUID) => this.watch.noteNoSandboxes(podUID),
      publishStatus: (podUID) => this.statuses.changed(podUID),
      confirmGone: (podUID, signal) => this.confirmGone(podUID, signal),
      recordEvent: (pod, event) => {
        const path = event.container === undefined ? undefined : containerFieldPath(pod, event.container);
        recordEvent(pod, path, event);
      },
      publishFact,
    };
  }

  /** After each relist: what is there and has no use goes, and what may be needed next is made ready. */
  private async tidy(signal: AbortSignal): Promise<void> {
    const orphans = this.permit.mayWrite ? this.orphans.look(this.watch, signal) : this.orphans.doubt();
    await Promise.all([this.spent.remove(signal), orphans]);
    await this.successors.prepare(signal);
  }

  private async reachRuntime(signal: AbortSignal): Promise<void> {
    for (let retryMs = runtimeRetryMs; ; retryMs = Math.min(retryMs * 2, runtimeRetryMsMax)) {
      try {
        await this.watch.begin(signal);
        this.noteHealth({ ready: true, message: '' });
        return;
      } catch (err) {
        signal.throwIfAborted();
        this.options.logger.warn({ err }, 'container runtime does not answer');
        this.noteHealth({ ready: false, message: errorMessage(err) });
        await sleep(this.node.clock, retryMs, signal);
      }
    }
  }

  private noteHealth(health: RuntimeHealth): void {
    if (this.health.ready !== health.ready) this.options.logger.info({ ...health }, 'runtime health changed');
    this.health = health;
    this.options.onHealth?.(health);
  }

  /** The object goes last, with what is known of its end in its status; one of the same name is left alone. */
  private async confirmGone(podUID: string, signal: AbortSignal): Promise<void> {
    const record = this.node.records.get(podUID);
    if (record === undefined) return;
    await this.statuses.flush(podUID, signal);
    await this.permit.whenWritable(signal);
    await removePod(this.node.clock, this.options.objects, record, signal);
    const { namespace, name } = record.pod.metadata;
    this.options.publishFact(podAddress(podUID), 'removed', { namespace, pod: name });
  }
}

/** Volumes may show labels and annotations (downward API). */
function isRelabelled({ metadata: now }: StoredPod, { metadata: old }: StoredPod): boolean {
  return !jsonEqual(now.labels, old.labels) || !jsonEqual(now.annotations, old.annotations);
}
