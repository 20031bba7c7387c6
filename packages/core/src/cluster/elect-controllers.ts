/**
 * Controllers and scheduler of one of several processes: all of them keep their caches warm and wait for one lease; the
 * one that holds it works, and stops before another may begin.
 */

import { hostname } from 'node:os';
import type { Controller } from '../contract/controller.ts';
import type { ControllerHost } from '../controller/controller-host.ts';
import { onAbort } from '../engine/abortable.ts';
import { joinSignals } from '../engine/joined-signal.ts';
import { fencedObjects } from '../store/lease/fenced-objects.ts';
import { type HeldLease, holdLease } from '../store/lease/hold-lease.ts';
import { composeControllers } from './compose-controllers.ts';
import { DisposalStack } from './disposal-stack.ts';
import type { ElectionOptions, SchedulerOptions } from './options.ts';
import { type Parts, tokens } from './tokens.ts';

export interface ElectionSurroundings {
  readonly parts: Parts;
  readonly closing: DisposalStack;
  readonly signal: AbortSignal;
}

/** A fail-over of three servers takes up to 24 s, during which nobody can renew anything. */
const durationMsDefault = 30_000;
const noMore = 'nothing is written any more: another process may steer the cluster now';
const leaseName = { namespace: 'kube-system', name: 'mooring-controllers' };

export class ElectedControllers {
  private readonly controllers: readonly Controller[];
  private readonly scheduler: false | SchedulerOptions;
  private readonly surroundings: ElectionSurroundings;
  private readonly lease: HeldLease;
  private current: readonly ControllerHost[] = [];
  /** The end of the last term. */
  private term: Promise<void> = Promise.resolve();

  constructor(
    controllers: readonly Controller[],
    scheduler: false | SchedulerOptions,
    surroundings: ElectionSurroundings,
    { durationMs = durationMsDefault }: ElectionOptions,
  ) {
    this.controllers = controllers;
    this.scheduler = scheduler;
    this.surroundings = surroundings;
    const { parts, closing } = surroundings;
    this.warmUp();
    this.lease = holdLease({
      ...leaseName,
      objects: parts.get(tokens.Objects),
      identity: `${hostname()}_${parts.get(tokens.Random).uuid()}`,
      durationMs,
      clock: parts.get(tokens.Clock),
      random: parts.get(tokens.Random),
      logger: parts.get(tokens.Logger),
      onHeld: (token, signal) => this.begin(token, signal),
    });
    closing.push('lease of the controllers', async () => {
      await this.lease[Symbol.asyncDispose]();
      await this.term;
    });
  }

  /** None while another process works. */
  get hosts(): readonly ControllerHost[] {
    return this.current;
  }

  /** Whoever takes over is not to read the whole store first. */
  private warmUp(): void {
    const informers = this.surroundings.parts.get(tokens.Informers);
    for (const { kind, watches = [], reads = [] } of this.controllers) {
      const own = kind === undefined ? [] : [kind];
      for (const cached of [...own, ...watches.map((watch) => watch.kind), ...reads]) informers.of(cached);
    }
  }

  private begin(token: number, signal: AbortSignal): void {
    const { parts } = this.surroundings;
    const logger = parts.get(tokens.Logger).child({ component: 'controllers', term: token });
    logger.info({}, 'controllers begin: the lease is held');
    const before = this.term;
    this.term = before
      .then(() => this.work(signal))
      .catch((err: unknown) => {
        if (!signal.aborted) logger.error({ err }, 'controllers could not be started');
      })
      .then(() => logger.info({}, 'controllers have stopped'));
  }

  /** One term: resolves when everything that it began has ended. */
  private async work(held: AbortSignal): Promise<void> {
    const { parts, signal } = this.surroundings;
    const closing = new DisposalStack();
    const { signal: ending, forget } = joinSignals(held, signal);
    const objects = fencedObjects(parts.get(tokens.Objects), () => this.lease.isValid, noMore);
    const upkeep = parts.get(tokens.Upkeep)?.(ending);
    if (upkeep !== undefined) closing.push('upkeep of the store', () => upkeep);
    try {
      this.current = await composeControllers(this.controllers, this.scheduler, {
        parts,
        closing,
        objects,
        signal: ending,
      });
      await new Promise<void>((resolve) => onAbort(ending, resolve));
    } finally {
      this.current = [];
      await closing.dispose(parts.get(tokens.Clock), parts.get(tokens.Logger));
      forget();
    }
  }
}
