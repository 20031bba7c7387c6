/**
 * One pass over all nodes: who is alive, which zones are in trouble, who gets the taint that drives pods out. In memory is
 * kept how long each node has been silent; what must outlive the controller is in the nodes themselves: when a silent one
 * was last heard of, and since when it has its taint.
 */

import type { ObjectOf } from '../../api/known-kinds.ts';
import { readyCondition } from '../../api/node-condition.ts';
import type { NodeObject } from '../../api/objects.ts';
import type { ReconcileContext, ReconcileOutcome } from '../../contract/controller.ts';
import { hasCode } from '../../contract/error.ts';
import { atATime } from '../../engine/at-a-time.ts';
import { nodeNameIndex } from '../../store/common-indices.ts';
import { DisruptionDisplay, disruptionOf } from './disruption.ts';
import { isToBeMarked, markNotReady } from './mark-pods.ts';
import { comingsAndGoings, notReadyEvent } from './node-events.ts';
import {
  isLost,
  isReady,
  isSuspect,
  type Moment,
  observe,
  signsOf,
  unknownConditions,
} from './node-health.ts';
import { noExecuteStep } from './node-taints.ts';
import { NodeWatch } from './node-watch.ts';
import { type NodePlan, plannedNode } from './planned-node.ts';
import type { NodeLifecycleSettings } from './settings.ts';
import { TaintPace } from './taint-pace.ts';
import { evictionRates, isAllDisrupted, zoneOf, zonesOf } from './zones.ts';

type Node = ObjectOf<'Node'>;

const leaseNamespace = 'kube-node-lease';
/** Nodes, or pods, that are written at a time. */
const writesAtOnce = 8;

export class NodeMonitor {
  private readonly settings: NodeLifecycleSettings;
  private watch = new NodeWatch();
  private pace = new TaintPace();
  private display = new DisruptionDisplay();
  /** Nodes that have just been lost, or were before this controller began: their pods are not marked yet. */
  private readonly unmarked = new Set<string>();
  private wasStopped = false;

  constructor(settings: NodeLifecycleSettings) {
    this.settings = settings;
  }

  async pass(context: ReconcileContext, signal: AbortSignal): Promise<ReconcileOutcome> {
    const { settings } = this;
    const now = momentOf(context);
    // Another controller had the word meanwhile, or nobody: what is remembered is worth no more than what is stored.
    if (this.watch.unwatchedMs(now) > settings.graceMs) this.forget();
    const world = new World(context.cache('Node').list());
    this.look(world, now, context);
    await this.giveUp(world, now, context, signal);
    const zones = zonesOf(world.nodes, settings.unhealthyZoneThreshold);
    const rates = evictionRates(zones, settings);
    const isStopped = isAllDisrupted(zones);
    // Whoever could not be heard has all of the grace period to be heard now.
    if (this.wasStopped && !isStopped) this.watch.forgiveAll(now);
    this.wasStopped = isStopped;
    const waitMs = await this.taint(world, { isStopped, rates }, now, context, signal);
    await this.markPods(world, context, signal);
    await this.show(() => this.display.show(disruptionOf(zones, rates), context, signal), context);
    return { againAfterMs: Math.min(settings.monitorPeriodMs, waitMs) };
  }

  private forget(): void {
    this.watch = new NodeWatch();
    this.pace = new TaintPace();
    this.display = new DisruptionDisplay();
    this.unmarked.clear();
    this.wasStopped = false;
  }

  private look(world: World, now: Moment, { cache, recordEvent }: ReconcileContext): void {
    const leases = cache('Lease');
    const leaseOf = ({ metadata }: Node) => leases.get(leaseNamespace, metadata.name);
    const { came, went } = this.watch.look(world.nodes, leaseOf, now, this.settings.monitorPeriodMs);
    const about = new Map([...came, ...went].map((node) => [node.metadata.name, node]));
    for (const { node, event } of comingsAndGoings(names(went), names(came))) {
      const object = about.get(node);
      if (object !== undefined) recordEvent(object, event);
    }
    // A controller that began later than the outage does not know how far its predecessor came.
    for (const node of came)
      if (readyCondition(node)?.status === 'Unknown') this.unmarked.add(node.metadata.name);
  }

  /** Nodes that were silent for too long are not ready. */
  private async giveUp(
    world: World,
    now: Moment,
    context: ReconcileContext,
    signal: AbortSignal,
  ): Promise<void> {
    const lost = world.nodes.filter(
      (node) => this.isLost(node, now) && readyCondition(node)?.status !== 'Unknown',
    );
    await atATime(
      lost,
      writesAtOnce,
      signal,
      async (node) => {
        const after = await this.giveUpOne(node, now, context, signal);
        if (after !== undefined) world.put(after);
      },
      (node, err) => failed(context, node, err),
    );
  }

  /** Never on the word of a cache alone: it may be the watch that is silent. */
  private async giveUpOne(
    node: Node,
    now: Moment,
    { objects, recordEvent, logger }: ReconcileContext,
    signal: AbortSignal,
  ): Promise<Node | undefined> {
    const { name } = node.metadata;
    const health = this.watch.healthOf(name);
    if (health === undefined) return undefined;
    const lease = await objects.get('Lease', leaseNamespace, name, signal);
    let isLost = false;
    const change = (current: Node) => {
      const seen = observe(health, { node: current, lease }, now);
      this.watch.heard(name, seen);
      isLost = seen.seenAtMs === health.seenAtMs;
      const conditions = isLost ? unknownConditions(current, now.wallMs) : undefined;
      return conditions && { ...current, status: { ...current.status, conditions } };
    };
    const after = await objects.patchWith('Node', undefined, name, change, { subresource: 'status', signal });
    if (!isLost) return after;
    logger.info({ node: name, lastSeen: signsOf(node, lease) }, 'node gives no sign of life');
    if (isReady(node)) {
      this.unmarked.add(name);
      recordEvent(node, notReadyEvent(name));
    }
    return after;
  }

  /** Resolves with the time until another node may be tainted. */
  private async taint(
    world: World,
    { isStopped, rates }: Pace,
    now: Moment,
    context: ReconcileContext,
    signal: AbortSignal,
  ): Promise<number> {
    const turns = isStopped ? noTurns : this.turns(world, rates, now);
    const planOf = (node: Node): NodePlan => ({
      isStopped,
      mayTaint: turns.zoneOf.has(node.metadata.name),
      silent: this.silenceOf(node, now),
    });
    await atATime(
      world.nodes.filter((node) => plannedNode(node, planOf(node), now) !== node),
      writesAtOnce,
      signal,
      async (node) => {
        const { name } = node.metadata;
        const change = (current: Node) => plannedNode(current, planOf(node), now);
        world.put(await context.objects.patchWith('Node', undefined, name, change, { signal }));
        const zone = turns.zoneOf.get(name);
        if (zone !== undefined) this.pace.tainted(zone, now);
      },
      (node, err) => failed(context, node, err),
    );
    return turns.waitMs;
  }

  /** Whose turn it is to be tainted: one node of each zone at most. */
  private turns(world: World, rates: ReadonlyMap<string, number>, now: Moment): Turns {
    const zoneOfName = new Map<string, string>();
    let waitMs = Number.POSITIVE_INFINITY;
    for (const [zone, nodes] of this.waitingByZone(world, now)) {
      const rate = rates.get(zone) ?? this.settings.evictionRate;
      const zoneWaitMs = this.pace.waitMs(zone, rate, now);
      const [first] = nodes.sort(longestFirst);
      const isFree = zoneWaitMs === 0 && first !== undefined;
      if (isFree) zoneOfName.set(first.metadata.name, zone);
      waitMs = Math.min(waitMs, isFree ? 1000 / rate : zoneWaitMs);
    }
    return { zoneOf: zoneOfName, waitMs };
  }

  /** Nodes in trouble that still have to get the taint, by zone. */
  private waitingByZone(world: World, now: Moment): Map<string, Node[]> {
    const waiting = new Map<string, Node[]>();
    this.pace.learn(world.nodes, now);
    for (const node of world.nodes) {
      const zone = zoneOf(node);
      if (noExecuteStep(node, now.wallMs).kind !== 'add') continue;
      // One that says itself that it is not ready is heard; of any other the grace period has to be over.
      if (readyCondition(node)?.status === 'Unknown' && !this.isLost(node, now)) continue;
      const nodes = waiting.get(zone);
      if (nodes === undefined) waiting.set(zone, [node]);
      else nodes.push(node);
    }
    return waiting;
  }

  private async markPods(world: World, context: ReconcileContext, signal: AbortSignal): Promise<void> {
    const pods = context.cache('Pod');
    const due = [...this.unmarked];
    const missed = new Set<string>();
    const found = due.flatMap((name) => {
      const node = world.get(name);
      if (node === undefined || isReady(node)) return [];
      return pods.byIndex(nodeNameIndex, name).filter((pod) => isToBeMarked(pod, name));
    });
    await atATime(
      found,
      writesAtOnce,
      signal,
      (pod) => markNotReady(pod, pod.spec.nodeName ?? '', context, signal),
      (pod, err) => {
        missed.add(pod.spec.nodeName ?? '');
        failed(context, pod, err);
      },
    );
    // The next pass tries the others again, with all pods of the node; so it does after one that was broken off.
    for (const name of due) if (!missed.has(name)) this.unmarked.delete(name);
  }

  private async show(write: () => Promise<void>, { logger }: ReconcileContext): Promise<void> {
    try {
      await write();
    } catch (err) {
      logger.warn({ err }, 'disruption mode not shown, trying again');
    }
  }

  private isLost(node: NodeObject, now: Moment): boolean {
    const health = this.watch.healthOf(node.metadata.name ?? '');
    return health !== undefined && isLost(node, health, now, this.settings);
  }

  private silenceOf(node: Node, now: Moment): NodePlan['silent'] {
    const health = this.watch.healthOf(node.metadata.name);
    return health !== undefined && isSuspect(health, now, this.settings) ? health : undefined;
  }
}

interface Pace {
  readonly isStopped: boolean;
  readonly rates: ReadonlyMap<string, number>;
}

interface Turns {
  /** By name of a node whose turn it is: its zone. */
  readonly zoneOf: ReadonlyMap<string, string>;
  readonly waitMs: number;
}

const noTurns: Turns = { zoneOf: new Map(), waitMs: Number.POSITIVE_INFINITY };

/** The nodes as this pass has seen them last. */
class World {
  private readonly byName: Map<string, Node>;

  constructor(nodes: readonly Node[]) {
    this.byName = new Map(nodes.map((node) => [node.metadata.name, node]));
  }

  get nodes(): readonly Node[] {
    return [...this.byName.values()];
  }

  get(name: string): Node | undefined {
    return this.byName.get(name);
  }

  put(node: Node): void {
    this.byName.set(node.metadata.name, node);
  }
}

function momentOf({ clock }: ReconcileContext): Moment {
  return { wallMs: clock.now(), monotonicMs: clock.monotonicMs() };
}

function names(nodes: readonly Node[]): readonly string[] {
  return nodes.map(({ metadata }) => metadata.name);
}

/** Who has been in trouble for longest is tainted first; the order is the same after a restart. */
function longestFirst(a: Node, b: Node): number {
  const since = (node: Node) => readyCondition(node)?.lastTransitionTime ?? '';
  return since(a).localeCompare(since(b)) || a.metadata.name.localeCompare(b.metadata.name);
}

/** One that cannot be written keeps the others from nothing; the next pass tries again. */
function failed(
  { logger }: ReconcileContext,
  { kind, metadata }: Node | ObjectOf<'Pod'>,
  err: unknown,
): void {
  if (hasCode(err, 'NOT_FOUND')) return;
  logger.warn({ key: `${kind}/${metadata.name}`, err }, 'not written, trying again in the next pass');
}
