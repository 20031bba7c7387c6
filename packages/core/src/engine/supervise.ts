/**
 * Keeps one root actor alive: a crash leads to a new actor after a back-off; too many crashes in a short time put it in
 * quarantine, so that one poison object costs next to nothing and never stops the others.
 */

import type { AnyActor } from 'xstate';
import type { Clock, TimerHandle } from '../contract/clock.ts';

export interface SupervisionPolicy {
  /** Pause before the first restart; doubles with each further crash in the window. */
  readonly backOffMs: number;
  readonly backOffMsMax: number;
  /** This many crashes within the window lead to quarantine. */
  readonly crashesMax: number;
  readonly windowMs: number;
  /** After this time in quarantine one more actor is tried. */
  readonly quarantineMs: number;
}

export const defaultSupervision: SupervisionPolicy = {
  backOffMs: 1000,
  backOffMsMax: 30_000,
  crashesMax: 5,
  windowMs: 60_000,
  quarantineMs: 600_000,
};

export interface SupervisorOptions {
  readonly clock: Clock;
  /** Builds an actor that is not started yet. A throw counts as a crash. */
  readonly create: () => AnyActor;
  readonly policy?: SupervisionPolicy;
  /** Hears every crash, and what is done about it. */
  readonly onCrash?: (error: unknown, decision: SupervisionDecision) => void;
}

export type SupervisionState = 'running' | 'waiting' | 'quarantined' | 'ended';

export interface Supervisor {
  readonly state: SupervisionState;
  /** The live actor; absent while there is none. */
  readonly actor: AnyActor | undefined;
  /** Forgets the crashes and starts at once, because what made it crash may have changed. */
  revive(): void;
  /** Stops the actor for good. */
  stop(): void;
}

export type SupervisionDecision =
  | { readonly kind: 'restart'; readonly delayMs: number }
  | { readonly kind: 'quarantine'; readonly delayMs: number };

/** What to do about a crash. `crashes` are the times of all crashes in the window, this one included. */
export function decideSupervision(
  crashes: readonly number[],
  policy: SupervisionPolicy,
): SupervisionDecision {
  if (crashes.length >= policy.crashesMax) return { kind: 'quarantine', delayMs: policy.quarantineMs };
  const delayMs = Math.min(policy.backOffMs * 2 ** (crashes.length - 1), policy.backOffMsMax);
  return { kind: 'restart', delayMs };
}

/** Creates and starts the actor, and again after each crash. An actor that ends without an error is left at that. */
export function supervise(options: SupervisorOptions): Supervisor {
  const supervisor = new ActorSupervisor(options);
  supervisor.start();
  return supervisor;
}

class ActorSupervisor implements Supervisor {
  private readonly options: SupervisorOptions;
  private readonly policy: SupervisionPolicy;
  private crashes: number[] = [];
  private timer: TimerHandle | undefined;
  private current: AnyActor | undefined;
  private currentState: SupervisionState = 'waiting';

  constructor(options: SupervisorOptions) {
    this.options = options;
    this.policy = options.policy ?? defaultSupervision;
  }

  get state(): SupervisionState {
    return this.currentState;
  }

  get actor(): AnyActor | undefined {
    return this.current;
  }

  revive(): void {
    if (this.currentState !== 'waiting' && this.currentState !== 'quarantined') return;
    this.options.clock.clearTimeout(this.timer);
    this.crashes = [];
    this.start();
  }

  stop(): void {
    this.options.clock.clearTimeout(this.timer);
    this.currentState = 'ended';
    const actor = this.current;
    this.current = undefined;
    actor?.stop();
  }

  start(): void {
    let actor: AnyActor;
    try {
      actor = this.options.create();
    } catch (error) {
      this.crashed(error);
      return;
    }
    this.current = actor;
    this.currentState = 'running';
    actor.subscribe({
      error: (error) => this.crashed(error),
      complete: () => this.completed(),
    });
    actor.start();
  }

  private crashed(error: unknown): void {
    this.current = undefined;
    if (this.currentState === 'ended') return;
    const nowMs = this.options.clock.monotonicMs();
    this.crashes = [...this.crashes.filter((atMs) => nowMs - atMs < this.policy.windowMs), nowMs];
    const decision = decideSupervision(this.crashes, this.policy);
    this.currentState = decision.kind === 'restart' ? 'waiting' : 'quarantined';
    this.timer = this.options.clock.setTimeout(() => {
      this.timer = undefined;
      this.start();
    }, decision.delayMs);
    this.options.onCrash?.(error, decision);
  }

  private completed(): void {
    this.current = undefined;
    this.currentState = 'ended';
  }
}
