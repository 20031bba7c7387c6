/** Everything that an agent does on its node: the pods, by its kubelet, and the node's own signs of life. */

import { type AnyActor, createActor } from 'xstate';
import type { NodeObject } from '../../api/objects.ts';
import type { StoredPod } from '../../api/pod.ts';
import { nodeAddress, streamsAddress, vantageAddress } from '../../bus/actor-address.ts';
import type { Clock, Random } from '../../contract/clock.ts';
import type { ContainerRuntime } from '../../contract/container-runtime.ts';
import { errorMessage, hasCode, MooringError } from '../../contract/error.ts';
import type { ObjectCache } from '../../contract/informer.ts';
import type { ObjectStore } from '../../contract/object-store.ts';
import { abortable } from '../../engine/abortable.ts';
import { withDeadline } from '../../engine/deadline.ts';
import type { ActorDirectory } from '../../engine/directory.ts';
import { Gate } from '../../engine/gate.ts';
import { type Supervisor, supervise } from '../../engine/supervise.ts';
import { fencedObjects } from '../../store/lease/fenced-objects.ts';
import type { Kubelet, RuntimeHealth } from '../kubelet.ts';
import type { StreamLogic } from '../streams/stream-logic.ts';
import type { VantageLogic } from '../vantage/vantage-logic.ts';
import type { WritePermit } from '../write-permit.ts';
import { Fence } from './fence.ts';
import type { HeartbeatLogic } from './heartbeat-machine.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { NodeAnnouncements, type NodeVoice } from './node-announcements.ts';
import type { NameViewer } from './node-name.ts';
import { NodeReporter } from './node-reporter.ts';
import type { NodeHealth } from './node-status.ts';
import { type HeartbeatSettings, wireHeartbeat } from './wire-heartbeat.ts';

export interface NodeAgentOptions extends NameViewer, NodeVoice {
  readonly heartbeat: HeartbeatSettings;
  /** So long after its last renewal the node may be given up: its pods are stopped before. Absent: they run on. */
  readonly fencedAfterMs?: number | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly objects: ObjectStore;
  readonly nodes: ObjectCache<NodeObject>;
  readonly runtime: Pick<ContainerRuntime, 'name' | 'status'>;
  readonly directory: ActorDirectory;
  /** Makes probes for other nodes. Absent: this node makes none. */
  readonly vantage?: VantageLogic;
  /** Opens streams to pods of this node. Absent: it opens none. */
  readonly streams?: StreamLogic;
  /** `onHealth` hears of each answer and each silence of the runtime. */
  makeKubelet(onHealth: (health: RuntimeHealth) => void): AgentKubelet;
}

export type AgentKubelet = Pick<
  Kubelet,
  | 'start'
  | 'stop'
  | 'detach'
  | 'runtimeHealth'
  | 'graceMsOf'
  | 'refreshVolumes'
  | 'runningPods'
  | 'republish'
  | 'standDown'
  | 'standUp'
  | 'lookAround'
>;

/** A runtime that was well is given this long to answer again before the node counts as not ready (`kubelet.go`). */
const runtimeSilenceMsMax = 30_000;
/** Of the question for the version of the runtime. */
const versionMsMax = 5000;
/** A store that does not answer keeps nobody from stopping. */
const farewellMsMax = 5000;

const notHeld = 'the node is not reported: its name is not known to be held by this agent';

export class NodeAgent implements WritePermit {
  private readonly options: NodeAgentOptions;
  private readonly kubelet: AgentKubelet;
  private readonly reporter: NodeReporter;
  private readonly logic: HeartbeatLogic;
  private readonly fence: Fence | undefined;
  private readonly lease: LeaseKeeper;
  private readonly announcements: NodeAnnouncements;
  private heart: Supervisor | undefined;
  private isOver = false;
  private isDeposed = false;
  private isShuttingDown = false;
  /** Opens when the lease is valid again, and when the name is lost. */
  private readonly renewals = new Gate();
  private wasReady: boolean | undefined;
  private runtimeVersion: string | undefined;
  /** When the runtime last answered; absent when it never has. */
  private answeredAtMs: number | undefined;
  private markRegistered = () => {};
  private readonly registered = new Promise<void>((resolve) => {
    this.markRegistered = resolve;
  });
  private markDeposed = (_: unknown) => {};
  /** Never resolves. */
  private readonly deposed = new Promise<never>((_, reject) => {
    this.markDeposed = reject;
  });

  constructor(options: NodeAgentOptions) {
    this.options = options;
    this.announcements = new NodeAnnouncements(options);
    this.kubelet = options.makeKubelet((health) => this.heard(health));
    const { profile, heartbeat, clock, random } = options;
    this.reporter = new NodeReporter({
      ...options,
      objects: fencedObjects(options.objects, () => this.mayWrite, notHeld),
      reportMs: heartbeat.reportMs,
      health: () => this.health,
      onReadyChanged: (node, isReady) => this.announcements.readyChanged(node, isReady),
      onRebooted: (node, bootID) => this.announcements.rebooted(node, bootID),
    });
    const { reporter } = this;
    this.fence = options.fencedAfterMs === undefined ? undefined : this.newFence(options.fencedAfterMs);
    // Once the agent has started, nobody waits for it any more.
    this.deposed.catch(() => {});
    const lease = new LeaseKeeper({
      ...options,
      nodeName: profile.name,
      durationMs: heartbeat.leaseMs,
      onRenewed: (sentAtMs, hasLapsed) => this.renewed(sentAtMs, hasLapsed),
    });
    this.lease = lease;
    this.logic = wireHeartbeat({
      clock,
      random,
      settings: heartbeat,
      register: (signal) => this.withVersion(signal, () => this.register(signal)),
      report: (signal) => this.withVersion(signal, () => reporter.report(signal)),
      isReportDue: () => reporter.isDue,
      ensureLease: (signal) => lease.ensure(signal),
      renewLease: (signal) => lease.renew(signal),
      onRegistered: () => this.markRegistered(),
      onFailure: (what, error) => this.noteFailure(what, error),
    });
  }

  get name(): string {
    return this.options.profile.name;
  }

  /** The name of the node is this agent's at this moment: what it writes, nobody else writes. */
  get mayWrite(): boolean {
    return !this.isDeposed && this.lease.isValid;
  }

  /** Resolves when this agent may write: at once, or with the next renewal. Rejects when it never may again. */
  async whenWritable(signal: AbortSignal): Promise<void> {
    while (!this.mayWrite) {
      if (this.isDeposed) throw new MooringError('ABORTED', 'another agent has the name of this node');
      await this.renewals.wait(signal);
    }
  }

  /** Another agent has the name of the node. This one has ended. */
  get hasLostName(): boolean {
    return this.isDeposed;
  }

  get runtimeHealth(): RuntimeHealth {
    return this.kubelet.runtimeHealth;
  }

  graceMsOf(podUID: string, container: string): number | undefined {
    return this.kubelet.graceMsOf(podUID, container);
  }

  refreshVolumes(isAffected: (pod: StoredPod) => boolean): void {
    this.kubelet.refreshVolumes(isAffected);
  }

  /**
   * Resolves when the node is registered and its pods are in hand. Rejects when the signal aborts first; with
   * `NODE_NAME_TAKEN` when another live agent has this name, before anything is done, or takes it meanwhile.
   */
  async start(signal: AbortSignal): Promise<void> {
    await this.lease.take(signal);
    const begun = Promise.all([this.kubelet.start(signal), abortable(this.registered, signal)]);
    await Promise.race([this.deposed, begun]);
    this.announcements.started(this.reporter.node);
    const { vantage, streams } = this.options;
    if (vantage !== undefined) this.openDoor(vantageAddress(this.name), createActor(vantage));
    if (streams !== undefined) this.openDoor(streamsAddress(this.name), createActor(streams));
  }

  /** As `Kubelet.stop`; the node takes no more pods, and gives signs of life until those that it has have ended. */
  async stop(): Promise<void> {
    await this.tellOfShutdown();
    await this.kubelet.stop();
    this.fallSilent();
    await this.lease.release();
  }

  /** As `Kubelet.detach`: no container is touched. The last that is written is that the name of the node is free. */
  async detach(): Promise<void> {
    this.fallSilent();
    await this.kubelet.detach();
    await this.lease.release();
  }

  /** As when its process is killed: as `detach`, and nobody is told. */
  async vanish(): Promise<void> {
    this.lease.forget();
    await this.detach();
  }

  /** Without it pods would be placed here until the lease has run out. */
  private async tellOfShutdown(): Promise<void> {
    this.isShuttingDown = true;
    if (this.reporter.node === undefined || !this.mayWrite) return;
    const { clock, logger } = this.options;
    const { signal } = new AbortController();
    try {
      const report = (inner: AbortSignal) => this.reporter.report(inner);
      await withDeadline(clock, farewellMsMax, signal, 'reporting the shutdown of the node', report);
    } catch (err) {
      logger.warn(
        { err },
        'shutdown of the node not reported: it counts as ready until its lease has run out',
      );
    }
  }

  private fallSilent(): void {
    this.isOver = true;
    this.fence?.end();
    this.heart?.stop();
    for (const address of [vantageAddress, streamsAddress, nodeAddress])
      this.options.directory.stop(address(this.name));
  }

  /** The lease may have run out while the runtime was waited for. */
  private async register(signal: AbortSignal): Promise<void> {
    if (!this.lease.isValid) await this.lease.ensure(signal);
    await this.reporter.register(signal);
  }

  private renewed(sentAtMs: number, hasLapsed: boolean): void {
    this.fence?.renewed(sentAtMs);
    if (!hasLapsed) return;
    this.renewals.open();
    // What was not written meanwhile is written now.
    this.kubelet.republish();
    this.heart?.actor?.send({ type: 'status.changed' });
  }

  /** Where others may ask for what only this node can do. */
  private openDoor(address: string, actor: AnyActor): void {
    if (this.isOver) return;
    this.options.directory.register(address, { ref: actor });
    actor.start();
  }

  /** The heart begins to beat when the runtime has answered for the first time, or has failed to. */
  private heard({ ready }: RuntimeHealth): void {
    const { clock, logger } = this.options;
    if (ready) this.answeredAtMs = clock.monotonicMs();
    if (this.isOver || this.wasReady === ready) return;
    this.wasReady = ready;
    this.heart?.actor?.send({ type: 'status.changed' });
    this.heart ??= supervise({
      clock,
      create: () => this.createHeart(),
      onCrash: (err, decision) => logger.error({ err, ...decision }, 'heartbeat actor broke'),
    });
  }

  private createHeart(): AnyActor {
    const { clock, directory } = this.options;
    const heart = createActor(this.logic, { input: { nodeName: this.name }, clock });
    directory.register(nodeAddress(this.name), { ref: heart });
    return heart;
  }

  private get health(): NodeHealth {
    const { runtime } = this.options;
    return {
      trouble: this.trouble,
      runtimeVersion: this.runtimeVersion ?? `${runtime.name}://unknown`,
    };
  }

  private get trouble(): string | undefined {
    if (this.isShuttingDown) return 'node is shutting down';
    const { ready, message } = this.kubelet.runtimeHealth;
    const { answeredAtMs } = this;
    if (ready) return undefined;
    const isShort =
      answeredAtMs !== undefined && this.options.clock.monotonicMs() - answeredAtMs < runtimeSilenceMsMax;
    return isShort ? undefined : `container runtime is down: ${message}`;
  }

  /** The version is asked for once, when the runtime is well; whether it answers keeps no report waiting for long. */
  private async withVersion(signal: AbortSignal, write: () => Promise<void>): Promise<void> {
    const { runtime, clock, logger } = this.options;
    if (this.runtimeVersion === undefined && this.kubelet.runtimeHealth.ready) {
      const ask = (inner: AbortSignal) => runtime.status(inner);
      try {
        const { version } = await withDeadline(clock, versionMsMax, signal, 'asking for the version', ask);
        this.runtimeVersion = `${runtime.name}://${version ?? 'unknown'}`;
      } catch (error) {
        signal.throwIfAborted();
        logger.debug({ why: errorMessage(error) }, 'version of the runtime not known yet');
      }
    }
    await write();
  }

  private newFence(afterMs: number): Fence {
    const { clock } = this.options;
    const { kubelet } = this;
    const why = 'the node cannot renew its lease, so the pod may be replaced';
    return new Fence({
      clock,
      afterMs,
      pods: () => kubelet.runningPods,
      stop: (pod, graceMs) => kubelet.standDown(pod, graceMs, why),
      look: () => kubelet.lookAround(),
      resume: (podUID) => kubelet.standUp(podUID),
      onChange: (isFenced, pods) => this.announcements.fenceChanged(this.reporter.node, isFenced, pods),
    });
  }

  private noteFailure(what: string, err: unknown): void {
    if (this.isOver) return;
    if (hasCode(err, 'NODE_NAME_TAKEN')) {
      void this.depose(err);
      return;
    }
    this.options.logger.warn({ key: what, err }, 'sign of life not written, trying again');
  }

  /**
   * Another agent runs the pods of this node now. Nothing is written or started here any more. What runs here goes where
   * that was promised; else it runs on as it is, for the other agent may be one that has adopted it.
   */
  private async depose(err: unknown): Promise<void> {
    this.isDeposed = true;
    this.renewals.open();
    this.markDeposed(err);
    this.fallSilent();
    const isFenced = this.fence !== undefined;
    this.announcements.nameLost(err, isFenced);
    try {
      await (isFenced ? this.kubelet.stop() : this.kubelet.detach());
    } catch (error) {
      this.options.logger.error({ node: this.name, err: error }, 'agent without a name could not end');
    }
  }
}
