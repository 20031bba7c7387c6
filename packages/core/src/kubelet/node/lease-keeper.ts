/**
 * Reads and writes the lease of one node, with the tries that Kubernetes' client library makes. Who renews it holds the
 * name of the node: one agent at a time.
 */

import { formatTime } from '../../api/meta.ts';
import type { Lease } from '../../api/objects.ts';
import type { Clock } from '../../contract/clock.ts';
import { hasCode, MooringError } from '../../contract/error.ts';
import type { Logger } from '../../contract/logger.ts';
import type { ObjectStore } from '../../contract/object-store.ts';
import { sleep } from '../../engine/abortable.ts';
import { withDeadline } from '../../engine/deadline.ts';
import { validUntilMs } from '../../store/lease/lease-decision.ts';
import { nodeLeaseNamespace, renewedLease } from './node-lease.ts';
import {
  describeHolder,
  type HeldName,
  heldBy,
  holderOf,
  type NameSighting,
  type NameViewer,
  sight,
  standingOf,
} from './node-name.ts';

export interface LeaseKeeperOptions extends NameViewer {
  readonly nodeName: string;
  readonly durationMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly objects: ObjectStore;
  /**
   * `sentAtMs`: when the write that came through was sent, on the monotonic clock. `hasLapsed`: before it the lease was not
   * valid for a time.
   */
  onRenewed(sentAtMs: number, hasLapsed: boolean): void;
}

/** Tries of one renewal, without a pause. */
const triesMax = 5;
/** While a name is waited for, its lease is looked at so often within its duration. */
const looksPerDuration = 20;
/** Of giving the name back: an agent that ends is not kept by a store that does not answer. */
const releaseMsMax = 2000;

export class LeaseKeeper {
  private readonly options: LeaseKeeperOptions;
  private latest: Lease | undefined;
  private seen: NameSighting | undefined;
  /** Of the Node object, as it was when the lease was asked for: it owns the lease. */
  private nodeUID: string | undefined;
  private validUntilMs = Number.NEGATIVE_INFINITY;
  private since: string | undefined;

  constructor(options: LeaseKeeperOptions) {
    this.options = options;
  }

  /** Nobody else can hold the name at this moment. */
  get isValid(): boolean {
    return this.options.clock.monotonicMs() < this.validUntilMs;
  }

  /**
   * Resolves when the name of the node is this agent's: at once when it is nobody's, or when the lease of an agent that has
   * ended has run out. Rejects with `NODE_NAME_TAKEN` as soon as the agent that holds it gives a sign of life.
   */
  async take(signal: AbortSignal): Promise<void> {
    const { clock, durationMs, logger } = this.options;
    const pauseMs = durationMs / looksPerDuration;
    for (let looks = 0; ; looks += 1) {
      const look = (inner: AbortSignal) => this.look(inner);
      try {
        if (await withDeadline(clock, durationMs, signal, 'asking for the name of the node', look)) return;
        const why = this.holder === undefined ? '' : describeHolder(this.holder);
        if (looks === 0)
          logger.warn({ why }, 'waiting whether the agent that holds the name of the node lives');
      } catch (err) {
        if (signal.aborted || hasCode(err, 'NODE_NAME_TAKEN')) throw err;
        logger.warn({ err }, 'name of the node not taken, trying again');
      }
      await sleep(clock, pauseMs, signal);
    }
  }

  /**
   * Whatever there is, or is not: afterwards the lease is there and fresh. Rejects with `NODE_NAME_TAKEN` when another agent
   * holds the name and lives, with `CONFLICT` while that is not known.
   */
  async ensure(signal: AbortSignal): Promise<void> {
    const { objects, nodeName } = this.options;
    // One that was deleted would take the lease with it again and again.
    this.nodeUID = (await objects.get('Node', undefined, nodeName, signal))?.metadata.uid;
    if (!(await this.look(signal))) throw this.contested();
  }

  /** Rejects with the last error when no try came through. */
  async renew(signal: AbortSignal): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const sentAtMs = this.options.clock.monotonicMs();
      try {
        this.note(await this.options.objects.update(this.renewed(this.latest), signal), sentAtMs);
        return;
      } catch (error) {
        if (tries === triesMax || signal.aborted) throw error;
        if (hasCode(error, 'CONFLICT')) await this.readAgain(signal);
      }
    }
  }

  /** The next agent need not wait. Never rejects. */
  async release(): Promise<void> {
    const { clock, objects, logger } = this.options;
    if (this.since === undefined) return;
    this.forget();
    const release = async (signal: AbortSignal) => {
      await this.readAgain(signal);
      if (this.latest !== undefined) await objects.update(heldBy(this.latest, undefined), signal);
    };
    try {
      await withDeadline(clock, releaseMsMax, undefined, 'giving the name of the node back', release);
    } catch (err) {
      // Whoever comes next waits until it has run out.
      logger.debug({ err }, 'name of the node not given back');
    }
  }

  /** As when the process ends of a sudden: nobody is told. */
  forget(): void {
    this.validUntilMs = Number.NEGATIVE_INFINITY;
    this.since = undefined;
  }

  /** Looks who holds the name, and takes or keeps it when that may be. False: not now. */
  private async look(signal: AbortSignal): Promise<boolean> {
    const { clock, objects, nodeName } = this.options;
    const sentAtMs = clock.monotonicMs();
    const found = await objects.get('Lease', nodeLeaseNamespace, nodeName, signal);
    this.latest = found;
    const nowMs = clock.monotonicMs();
    this.seen = sight(this.seen, found, nowMs);
    const standing = standingOf(found, this.seen, this.options, nowMs);
    if (standing !== 'open') this.forget();
    if (standing === 'live') throw this.taken();
    if (standing === 'doubtful') return false;
    const wanted = this.renewed(found);
    try {
      const write = found === undefined ? objects.create(wanted, { signal }) : objects.update(wanted, signal);
      this.note(await write, sentAtMs);
      return true;
    } catch (error) {
      // Somebody else was faster: who it is, the next look will see.
      if (hasCode(error, 'CONFLICT') || hasCode(error, 'ALREADY_EXISTS')) return false;
      throw error;
    }
  }

  /** Somebody else has written it; the next try begins from there, if the name is still this agent's. */
  private async readAgain(signal: AbortSignal): Promise<void> {
    const { objects, nodeName, self } = this.options;
    this.latest = (await objects.get('Lease', nodeLeaseNamespace, nodeName, signal)) ?? this.latest;
    const { holder } = this;
    if (holder === undefined || holder.holder.instance === self.instance) return;
    this.forget();
    throw this.contested();
  }

  private get holder(): HeldName | undefined {
    return holderOf(this.latest);
  }

  private note(lease: Lease, sentAtMs: number): void {
    const hasLapsed = !this.isValid;
    this.latest = lease;
    this.validUntilMs = validUntilMs(sentAtMs, this.options.durationMs);
    this.options.onRenewed(sentAtMs, hasLapsed);
  }

  private renewed(current: Lease | undefined): Lease {
    const { nodeName, durationMs, clock, self } = this.options;
    this.since ??= formatTime(clock.now());
    const lease = renewedLease(current, { nodeName, durationMs, nodeUID: this.nodeUID }, clock.now());
    return heldBy(lease, { holder: self, since: this.since });
  }

  private taken(): MooringError {
    return new MooringError(
      'NODE_NAME_TAKEN',
      `the name of node ${this.options.nodeName} is held by ${this.holderWords}: stop that agent, or give this one another name`,
    );
  }

  private contested(): MooringError {
    const words = `the lease of node ${this.options.nodeName} was written by ${this.holderWords}`;
    return new MooringError('CONFLICT', words);
  }

  private get holderWords(): string {
    return this.holder === undefined ? 'another agent' : describeHolder(this.holder);
  }
}
