/** Runs one controller: an actor for each of its objects, fed by the caches. */

import { type AnyActor, createActor } from 'xstate';
import type { ObjectOf } from '../api/known-kinds.ts';
import type { ApiObject } from '../api/meta.ts';
import { controllerAddress } from '../bus/actor-address.ts';
import type { Clock, Random, TimerHandle } from '../contract/clock.ts';
import type {
  Controller,
  ControllerEvent,
  ControllerWatch,
  ObjectChange,
  ReconcileContext,
  ReconcileOutcome,
  ReconcileRequest,
} from '../contract/controller.ts';
import { errorMessage, hasCode, MooringError } from '../contract/error.ts';
import type { Informer } from '../contract/informer.ts';
import type { Logger } from '../contract/logger.ts';
import type { ObjectStore } from '../contract/object-store.ts';
import { abortable } from '../engine/abortable.ts';
import { withDeadline } from '../engine/deadline.ts';
import type { ActorDirectory } from '../engine/directory.ts';
import { refusePromise } from '../engine/later-failure.ts';
import { type TokenBucket, takeToken } from '../engine/token-bucket.ts';
import type { InformerSet } from '../store/informer-set.ts';
import type { ReconcileInput } from './reconcile-machine.ts';
import { Turns } from './turns.ts';
import { wireReconcile } from './wire-reconcile.ts';
import { WriteLedger } from './write-ledger.ts';

export interface ControllerHostOptions {
  readonly controller: Controller;
  readonly objects: ObjectStore;
  readonly informers: InformerSet;
  readonly directory: ActorDirectory;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Never throws. */
  recordEvent(component: string, about: ApiObject, event: ControllerEvent): void;
  /** Never throws. */
  publishFact(address: string, type: `${string}.${string}`, data: object): void;
}

export interface ControllerHost {
  readonly name: string;
  /** Actors that live now. */
  readonly actors: number;
  /** Looks that were begun so far. */
  readonly looks: number;
  /** How long those that have ended took, together. */
  readonly lookMs: number;
  /** Stops all actors; what they were doing is aborted. */
  stop(): void;
}

/** Kubernetes' defaults for controllers: workers, back-off of a key, and the limiter over all keys. */
const concurrencyDefault = 5;
const backOffMsDefault = 5;
const backOffMsMaxDefault = 1_000_000;
/** After as many failures as there may be: an outage is over one day, and nothing else may ever happen to the object. */
const givenUpMs = 600_000;
/** While the store does not answer or is full, which is no fault of the object: it is looked at soon after that is over. */
const outageMsMax = 30_000;
const overallLimit = { burst: 100, refillMs: 100 };
/** A cache that is so far behind is broken, and says so; acting on it would be worse. */
const catchUpMsMax = 30_000;

/** To be called before the first `startController`, so that no cache begins without an index that is needed later. */
export function declareIndices(controller: Controller, informers: InformerSet): void {
  for (const [kind, indices] of Object.entries(controller.indices ?? {})) informers.declare(kind, indices);
}

/** Resolves when the caches are synced and all objects have been asked to be looked at; rejects when the signal aborts before. */
export async function startController(
  options: ControllerHostOptions,
  signal: AbortSignal,
): Promise<ControllerHost> {
  const host = new Host(options);
  await host.start(signal);
  return host;
}

class Host implements ControllerHost {
  readonly name: string;
  looks = 0;
  lookMs = 0;
  private readonly options: ControllerHostOptions;
  private readonly caches = new Map<string, Informer<ObjectOf<string>>>();
  private readonly ledger = new WriteLedger((kind) => this.caches.get(kind));
  private readonly limiter: TokenBucket;
  private readonly logic: ReturnType<typeof wireReconcile>;
  private readonly hosted = new Map<string, AnyActor>();
  /** Objects whose actors know already that a look is to come: told once more, they would learn nothing. */
  private readonly told = new Set<string>();
  /** Looks that are to come later, one for each object at most. */
  private readonly later = new Map<string, TimerHandle>();
  private readonly unsubscribes: (() => void)[] = [];
  /** Objects whose last look recorded a warning about them: its failure needs no further event. */
  private readonly warned = new Set<string>();
  /** Objects whose last look failed because the store did not answer. */
  private readonly unanswered = new Set<string>();
  private isStopped = false;

  constructor(options: ControllerHostOptions) {
    this.options = options;
    const { controller, clock } = options;
    this.name = controller.name;
    this.limiter = { tokens: overallLimit.burst, atMs: clock.monotonicMs() };
    const { triesMax = Number.POSITIVE_INFINITY } = controller.retry ?? {};
    this.logic = wireReconcile({
      turns: new Turns(controller.concurrency ?? concurrencyDefault, clock),
      isCaughtUp: ({ request }) => this.ledger.isSeen(idOf(request)),
      catchUp: ({ request }, until) => this.catchUp(request, until),
      look: ({ request }, until) => this.look(request, until),
      isOver: (context) => this.isOver(context),
      // Of an object that is gone nothing will ever change: what cannot be tidied up after it is left.
      triesAgain: ({ request }, failures) =>
        failures % triesMax !== 0 || this.objectOf(request) !== undefined,
      pauseAfterFailureMs: ({ request }, failures) => this.pauseMs(request, failures),
      report: ({ request, failures }, error) => this.report(request, failures, error),
    });
  }

  get actors(): number {
    return this.hosted.size;
  }

  async start(signal: AbortSignal): Promise<void> {
    const { controller, informers } = this.options;
    const { kind, watches = [], reads = [], initialRequests = [] } = controller;
    const own = kind === undefined ? [] : [this.ownWatch(kind)];
    const followed = [...own, ...watches];
    for (const name of [...followed.map((watch) => watch.kind), ...reads])
      this.caches.set(name, informers.of(name));
    await abortable(Promise.all([...this.caches.values()].map(({ synced }) => synced)), signal);
    for (const watch of followed) this.follow(watch);
    for (const request of initialRequests) this.changed(request);
  }

  stop(): void {
    this.isStopped = true;
    for (const unsubscribe of this.unsubscribes) unsubscribe();
    for (const timer of this.later.values()) this.options.clock.clearTimeout(timer);
    for (const id of [...this.hosted.keys()]) this.options.directory.stop(this.addressOf(requestOf(id)));
    this.hosted.clear();
  }

  private follow(watch: ControllerWatch): void {
    const { kind, afterMs } = watch;
    const tell = (change: ObjectChange<ApiObject>) => {
      try {
        const requests = watch.requestsOf(change, this);
        refusePromise(requests, 'requestsOf');
        for (const request of requests) {
          if (afterMs === undefined) this.changed(request);
          else this.changedLater(request, afterMs);
        }
      } catch (err) {
        const fields = { controller: this.name, key: kind, err };
        this.options.logger.error(fields, 'watch of a controller failed: what it leads to is not looked at');
      }
    };
    const unsubscribe = this.cache(kind).subscribe({
      onUpsert: (object, old) => tell({ object, old, isDeleted: false }),
      onDelete: (object) => tell({ object, old: object, isDeleted: true }),
    });
    this.unsubscribes.push(unsubscribe);
  }

  /** A controller looks at every object of its kind that changes, unless it says otherwise. */
  private ownWatch(kind: string): ControllerWatch {
    return {
      kind,
      requestsOf: (change) => (this.concerns(change) ? [requestFor(change.object.metadata)] : []),
    };
  }

  /** A look too many costs little, and one too few may be missed for ever. */
  private concerns(change: ObjectChange<ApiObject>): boolean {
    const { controller, logger } = this.options;
    try {
      const answer: unknown = controller.concerns?.(change);
      refusePromise(answer, 'concerns');
      return answer !== false;
    } catch (err) {
      logger.error(
        { controller: this.name, err },
        'controller cannot say what concerns it: looking all the same',
      );
      return true;
    }
  }

  cache<K extends string>(kind: K): Informer<ObjectOf<K>> {
    const cache = this.caches.get(kind);
    if (cache === undefined) throw new TypeError(`controller ${this.name} does not name the kind ${kind}`);
    return cache as Informer<ObjectOf<K>>;
  }

  private changed(request: ReconcileRequest): void {
    if (this.isStopped) return;
    const id = idOf(request);
    if (this.told.has(id)) return;
    const known = this.hosted.get(id);
    if (known !== undefined) {
      this.told.add(id);
      known.send({ type: 'object.changed' });
      return;
    }
    const { clock, directory } = this.options;
    const input: ReconcileInput = { controller: this.name, request };
    const actor = createActor(this.logic, { input, clock });
    directory.register(this.addressOf(request), { ref: actor });
    const forget = () => {
      if (this.hosted.get(id) !== actor) return;
      this.hosted.delete(id);
      this.told.delete(id);
      this.warned.delete(id);
      this.unanswered.delete(id);
    };
    actor.subscribe({ complete: forget, error: forget });
    this.hosted.set(id, actor);
    actor.start();
  }

  private changedLater(request: ReconcileRequest, afterMs: number): void {
    const id = idOf(request);
    if (this.isStopped || this.later.has(id)) return;
    const look = () => {
      this.later.delete(id);
      this.changed(request);
    };
    this.later.set(id, this.options.clock.setTimeout(look, afterMs));
  }

  private async catchUp(request: ReconcileRequest, signal: AbortSignal): Promise<void> {
    const id = idOf(request);
    this.warned.delete(id);
    const words = `seeing in the caches what was written for ${id}`;
    await withDeadline(this.options.clock, catchUpMsMax, signal, words, (inner) =>
      this.ledger.whenSeen(id, inner),
    );
  }

  private async look(request: ReconcileRequest, signal: AbortSignal): Promise<ReconcileOutcome> {
    this.looks += 1;
    this.told.delete(idOf(request));
    const { controller, objects, clock, random, logger, recordEvent, publishFact } = this.options;
    const component = componentOf(controller);
    const address = this.addressOf(request);
    const id = idOf(request);
    this.warned.delete(id);
    const context: ReconcileContext = {
      clock,
      random,
      logger: logger.child({ controller: controller.name, namespace: request.namespace, key: request.name }),
      cache: (kind) => this.cache(kind),
      objects: this.ledger.recording(id, objects),
      recordEvent: (about, event) => {
        if (event.type === 'Warning' && this.isAbout(request, about)) this.warned.add(id);
        recordEvent(component, about, event);
      },
      publishFact: (fact, data) => publishFact(address, `${controller.name}.${fact}`, data),
    };
    const beganMs = clock.monotonicMs();
    try {
      return checkedOutcome(await controller.reconcile(request, context, signal));
    } finally {
      this.lookMs += clock.monotonicMs() - beganMs;
    }
  }

  private isOver({ request }: ReconcileInput): boolean {
    const { initialRequests = [] } = this.options.controller;
    if (initialRequests.some((one) => idOf(one) === idOf(request))) return false;
    return this.objectOf(request) === undefined;
  }

  private objectOf({ namespace, name }: ReconcileRequest): ApiObject | undefined {
    const { kind } = this.options.controller;
    return kind === undefined ? undefined : this.cache(kind).get(namespace, name);
  }

  private pauseMs(request: ReconcileRequest, failures: number): number {
    const { clock, controller } = this.options;
    const { backOffMs = backOffMsDefault, backOffMsMax = backOffMsMaxDefault } = controller.retry ?? {};
    const { triesMax = Number.POSITIVE_INFINITY } = controller.retry ?? {};
    const isOutage = this.unanswered.has(idOf(request));
    if (failures % triesMax === 0 && !isOutage) return givenUpMs;
    const inSeries = (failures - 1) % triesMax;
    const max = isOutage ? Math.min(backOffMsMax, outageMsMax) : backOffMsMax;
    const own = Math.min(backOffMs * 2 ** Math.min(inSeries, 30), max);
    return takeToken(this.limiter, overallLimit, clock.monotonicMs())
      ? own
      : Math.max(own, overallLimit.refillMs);
  }

  /**
   * Lost races are the daily bread of optimistic concurrency; anything else is told at the object concerned, unless the
   * look has done so in its own words.
   */
  private report(request: ReconcileRequest, failures: number, error: unknown): void {
    const { controller, logger, recordEvent } = this.options;
    // What changes from now on ends the pause that follows.
    this.told.delete(idOf(request));
    const isRace = hasCode(error, 'CONFLICT');
    if (isOutage(error)) this.unanswered.add(idOf(request));
    else this.unanswered.delete(idOf(request));
    const fields = { controller: controller.name, namespace: request.namespace, key: request.name, failures };
    if (isRace) logger.debug({ ...fields, err: error }, 'object was changed meanwhile; looking again');
    else logger.warn({ ...fields, err: error }, 'reconciling failed; trying again');
    const object = this.objectOf(request);
    const isTold = this.warned.has(idOf(request)) || hasCode(error, 'ABORTED');
    if (isRace || isTold || object === undefined) return;
    const message = errorMessage(error);
    recordEvent(componentOf(controller), object, { type: 'Warning', reason: 'FailedReconcile', message });
  }

  private isAbout({ namespace, name }: ReconcileRequest, { kind, metadata }: ApiObject): boolean {
    return (
      kind === this.options.controller.kind && metadata.name === name && metadata.namespace === namespace
    );
  }

  private addressOf({ namespace, name }: ReconcileRequest): string {
    return controllerAddress(this.name, namespace, name);
  }
}

function componentOf({ name, component }: Controller): string {
  return component ?? `${name}-controller`;
}

/** The store, or who carries what is said to it, does not answer, or takes nothing in. */
function isOutage(error: unknown): boolean {
  const codes = [
    'DEADLINE_EXCEEDED',
    'OUTCOME_UNKNOWN',
    'TRANSPORT_UNAVAILABLE',
    'NO_RESPONDERS',
    'STORE_FULL',
  ] as const;
  const { cause } = (error ?? {}) as { readonly cause?: unknown };
  return codes.some((code) => hasCode(error, code) || hasCode(cause, code));
}

/** A pause that is no time would be none, and the next look would follow at once, for ever. Throws `INVALID`. */
function checkedOutcome(outcome: ReconcileOutcome | undefined): ReconcileOutcome {
  const { againAfterMs, restMs } = outcome ?? {};
  for (const [field, ms] of Object.entries({ againAfterMs, restMs }))
    if (ms !== undefined && (typeof ms !== 'number' || Number.isNaN(ms)))
      throw new MooringError('INVALID', `${field}: ${String(ms)} is no number of milliseconds`);
  return outcome ?? {};
}

export function requestFor({ namespace, name }: ApiObject['metadata']): ReconcileRequest {
  return { namespace, name: name ?? '' };
}

function idOf({ namespace, name }: ReconcileRequest): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function requestOf(id: string): ReconcileRequest {
  const at = id.indexOf('/');
  return at < 0 ? { namespace: undefined, name: id } : { namespace: id.slice(0, at), name: id.slice(at + 1) };
}
