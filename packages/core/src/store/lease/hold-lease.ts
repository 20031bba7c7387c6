/** Holding a lease: the machine bound to the store, to time, and to the work that needs the lease. */

import { type Actor, createActor, fromPromise } from 'xstate';
import type { Lease } from '../../api/objects.ts';
import type { Clock, Random } from '../../contract/clock.ts';
import { hasCode, MooringError } from '../../contract/error.ts';
import type { Logger } from '../../contract/logger.ts';
import type { ObjectStore } from '../../contract/object-store.ts';
import { withDeadline } from '../../engine/deadline.ts';
import {
  heldLease,
  type LeaseName,
  type LeaseSettings,
  mayAcquire,
  type Observation,
  observe,
  releasedLease,
  validUntilMs,
} from './lease-decision.ts';
import { type LeaseLogic, type LeaseLook, type LeaseRenewal, leaseMachine } from './lease-machine.ts';

export interface LeaseOptions extends LeaseSettings, LeaseName {
  readonly objects: ObjectStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** A quarter of the duration when not given. */
  readonly renewMs?: number;
  /**
   * Called each time the lease is taken. The signal aborts when it is lost or given up, and no later than it could run
   * out: work must stop with it. `token` grows from holder to holder, for writes to be refused that come too late.
   */
  onHeld(token: number, signal: AbortSignal): void;
}

/** Disposing of it gives the lease up, within 5 s or not at all. */
export interface HeldLease extends AsyncDisposable {
  /** The actor, to be found by an address. */
  readonly ref: Actor<LeaseLogic>;
  readonly isHeld: boolean;
  /** It is held, and has not run out at this very moment: what a timer would say a moment later. */
  readonly isValid: boolean;
  /** Who else holds it, as far as is known; empty when nobody does. */
  readonly holder: string;
}

/** A failed renewal is tried again so often within the time that is left. */
const retriesPerDuration = 20;

/** A store that is away must not keep a process from ending: what is not given up runs out by itself. */
const releaseMsMax = 5000;

export function holdLease(options: LeaseOptions): HeldLease {
  return new Holder(options);
}

class Holder implements HeldLease {
  readonly ref: Actor<LeaseLogic>;
  private readonly options: LeaseOptions;
  private readonly renewMs: number;
  private seen: Observation | undefined;
  private work: AbortController | undefined;

  constructor(options: LeaseOptions) {
    this.options = options;
    this.renewMs = options.renewMs ?? options.durationMs / 4;
    this.ref = createActor(this.logic(), { clock: options.clock });
    this.ref.start();
  }

  get isHeld(): boolean {
    return this.work !== undefined;
  }

  get isValid(): boolean {
    const { validUntilMs } = this.ref.getSnapshot().context;
    return this.isHeld && this.options.clock.monotonicMs() < validUntilMs;
  }

  get holder(): string {
    return this.ref.getSnapshot().context.holder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const wasHeld = this.isHeld;
    this.stopWork();
    this.ref.stop();
    if (wasHeld) await this.release();
  }

  private logic(): LeaseLogic {
    const { clock, logger, random } = this.options;
    return leaseMachine.provide({
      actors: {
        look: fromPromise<LeaseLook>(({ signal }) => this.look(signal)),
        renew: fromPromise<LeaseRenewal>(({ signal }) => this.renew(signal)),
      },
      delays: {
        // Spread, so that several who wait do not all come at once.
        untilNextLook: () => this.renewMs * (0.5 + random.next()),
        untilRenewal: () => this.renewMs,
        untilRetry: () => this.options.durationMs / retriesPerDuration,
        untilInvalid: ({ context }) => Math.max(0, context.validUntilMs - clock.monotonicMs()),
      },
      actions: {
        begin: ({ context }) => this.startWork(context.token),
        end: () => this.stopWork(),
        report: (_, { error }) =>
          logger.warn({ component: 'lease', key: this.options.name, err: error }, 'lease not written'),
      },
    });
  }

  /** Looks at the lease, and takes it when it may be taken. */
  private async look(signal: AbortSignal): Promise<LeaseLook> {
    const { objects, namespace, name, clock } = this.options;
    const lease = await objects.get('Lease', namespace, name, signal);
    const sentMs = clock.monotonicMs();
    this.seen = observe(this.seen, lease, sentMs);
    if (!mayAcquire(lease, this.seen, this.options, sentMs)) return foreign(lease);
    const written = await this.write(
      lease,
      heldLease(this.options, lease, this.options, clock.now()),
      signal,
    );
    if (written === undefined) return foreign(await objects.get('Lease', namespace, name, signal));
    const token = Number(written.metadata.resourceVersion);
    return { kind: 'taken', token, validUntilMs: validUntilMs(sentMs, this.options.durationMs) };
  }

  private async renew(signal: AbortSignal): Promise<LeaseRenewal> {
    const { objects, namespace, name, clock, identity } = this.options;
    const sentMs = clock.monotonicMs();
    const lease = await objects.get('Lease', namespace, name, signal);
    if (lease?.spec?.holderIdentity !== identity)
      return { kind: 'lost', holder: lease?.spec?.holderIdentity ?? '' };
    const written = await this.write(
      lease,
      heldLease(this.options, lease, this.options, clock.now()),
      signal,
    );
    // Overtaken: by whom is seen when it is looked at again.
    if (written === undefined) throw new MooringError('CONFLICT', `lease ${name} was changed meanwhile`);
    return { kind: 'renewed', validUntilMs: validUntilMs(sentMs, this.options.durationMs) };
  }

  /** `undefined` when somebody else was faster. */
  private async write(
    before: Lease | undefined,
    wanted: Lease,
    signal: AbortSignal,
  ): Promise<Lease | undefined> {
    const { objects } = this.options;
    try {
      return await (before === undefined
        ? objects.create(wanted, { signal })
        : objects.update(wanted, signal));
    } catch (error) {
      if (hasCode(error, 'CONFLICT') || hasCode(error, 'ALREADY_EXISTS') || hasCode(error, 'NOT_FOUND'))
        return undefined;
      throw error;
    }
  }

  private startWork(token: number): void {
    this.work = new AbortController();
    this.options.onHeld(token, this.work.signal);
  }

  private stopWork(): void {
    this.work?.abort(new MooringError('ABORTED', `lease ${this.options.name} is not held any more`));
    this.work = undefined;
  }

  private async release(): Promise<void> {
    const { objects, namespace, name, identity, clock, logger } = this.options;
    const giveUp = async (signal: AbortSignal) => {
      const lease = await objects.get('Lease', namespace, name, signal);
      if (lease?.spec?.holderIdentity !== identity) return;
      await objects.update(releasedLease(lease, clock.now()), signal);
    };
    try {
      await withDeadline(clock, releaseMsMax, undefined, `giving up the lease ${name}`, giveUp);
    } catch (err) {
      // The next holder has to wait until it runs out.
      logger.warn({ component: 'lease', key: name, err }, 'lease not given up');
    }
  }
}

function foreign(lease: Lease | undefined): LeaseLook {
  return { kind: 'foreign', holder: lease?.spec?.holderIdentity ?? '' };
}
