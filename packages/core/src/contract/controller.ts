/**
 * What a controller is: the kinds it looks at, and one function that brings one object a step closer from what is there
 * to what is wanted. The host owns everything else: an actor for each object, one run of it at a time, back-off, caches,
 * and that a run never sees less than its predecessors wrote.
 */

import type { ObjectOf } from '../api/known-kinds.ts';
import type { ApiObject } from '../api/meta.ts';
import type { EventType } from '../api/objects.ts';
import type { Clock, Random } from './clock.ts';
import type { IndexFunction, ObjectCache } from './informer.ts';
import type { Logger } from './logger.ts';
import type { ObjectStore } from './object-store.ts';

/** Which object to look at. Nothing is said about what happened: the run looks at the state of the world. */
export interface ReconcileRequest {
  /** Absent for kinds without namespaces. */
  readonly namespace: string | undefined;
  readonly name: string;
}

/** When to look again. Without it, when something changes. */
export interface ReconcileOutcome {
  /** Look again after this time, or earlier when something changes. A millisecond at least, or `restMs`. */
  readonly againAfterMs?: number;
  /**
   * No look for so long, whatever changes; `againAfterMs` counts from then on. For objects whose look is costly: what
   * changes in quick succession then costs one more look, not one each.
   */
  readonly restMs?: number;
}

/** One change of an object, for deciding which objects have to be looked at. */
export interface ObjectChange<T> {
  /** The new state; of an object that is gone, the last one. */
  readonly object: T;
  /** The state before; absent for a new object. */
  readonly old: T | undefined;
  readonly isDeleted: boolean;
}

/** A kind whose changes lead to objects that have to be looked at. */
export interface ControllerWatch {
  readonly kind: string;
  /** Pure and quick; called for every change of any object of the kind. */
  requestsOf(change: ObjectChange<ApiObject>, caches: ControllerCaches): Iterable<ReconcileRequest>;
  /**
   * The look comes so much later, once for all changes until then. For kinds that the controller itself writes: two
   * writers who do not agree cannot chase each other. At once when not given.
   */
  readonly afterMs?: number;
}

/** The caches of a controller: what it reads instead of asking the store. */
export interface ControllerCaches {
  /** Synced before the first run. Throws for a kind that the controller does not name. */
  cache<K extends string>(kind: K): ObjectCache<ObjectOf<K>>;
}

/** A Kubernetes Event that a controller records. */
export interface ControllerEvent {
  readonly type: EventType;
  /** One CamelCase word. */
  readonly reason: string;
  readonly message: string;
}

/** What a controller has at hand while it looks at an object. */
export interface ReconcileContext extends ControllerCaches {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /**
   * Reads past the caches, and writes. Writes are remembered: the object is not looked at again before the caches have
   * seen them, so that nothing is made or deleted twice.
   */
  readonly objects: ObjectStore;
  /** Records an Event about an object. Never throws. */
  recordEvent(about: ApiObject, event: ControllerEvent): void;
  /** Publishes a fact of this object's actor: `scaled` becomes `<controller>.scaled`. Never throws. */
  publishFact(fact: string, data: object): void;
}

/** How failed runs are tried again. */
export interface RetrySettings {
  /** First pause; doubles with each further failure. 5 ms when not given. */
  readonly backOffMs?: number;
  /** 1000 s when not given. */
  readonly backOffMsMax?: number;
  /** So many failures in a row, and the object is left alone for ten minutes unless something changes. Never when not given. */
  readonly triesMax?: number;
}

/**
 * What a controller is made of: the kinds that it looks at, and one step that brings an object closer to what is
 * wanted. Written with `defineController`.
 */
export interface Controller {
  readonly apiVersion: 'controller/v1';
  /** Lower-case word, part of the address of its actors: `controller/<name>/<namespace>/<object>`. */
  readonly name: string;
  /**
   * The kind of the objects that the requests name. Its own changes are watched without being listed in `watches`.
   * Without it the requests name what `watches` make them name, and an actor ends as soon as nothing is left to be done.
   */
  readonly kind?: string;
  /** False for a change of an object of `kind` that needs no look. All changes lead to one when not given. */
  concerns?(change: ObjectChange<ApiObject>): boolean;
  readonly watches?: readonly ControllerWatch[];
  /** Kinds that are read from caches and whose changes lead to nothing. */
  readonly reads?: readonly string[];
  /** Indices that its caches need, by kind and name, beside those that every cache has (`commonIndices`). */
  readonly indices?: Readonly<Record<string, Readonly<Record<string, IndexFunction<ApiObject>>>>>;
  /** Looked at when the controller starts, beside all objects of `kind`: for work that belongs to no single object. */
  readonly initialRequests?: readonly ReconcileRequest[];
  /** The source of its Events; `<name>-controller` when not given. */
  readonly component?: string;
  /** Runs at a time, over all objects. 5 when not given. */
  readonly concurrency?: number;
  readonly retry?: RetrySettings;
  /**
   * Must not assume that anything happened, or that it did not. Rejects to be run again after a back-off; the object then
   * gets a `FailedReconcile` event, unless this run has recorded a warning about it.
   */
  reconcile(
    request: ReconcileRequest,
    context: ReconcileContext,
    signal: AbortSignal,
  ): Promise<ReconcileOutcome | undefined>;
}

/** The typed form of `ControllerWatch`. */
export function watchKind<K extends string>(
  kind: K,
  requestsOf: (change: ObjectChange<ObjectOf<K>>, caches: ControllerCaches) => Iterable<ReconcileRequest>,
  options: Pick<ControllerWatch, 'afterMs'> = {},
): ControllerWatch {
  // The cache of a kind holds objects of that kind.
  return { kind, requestsOf: requestsOf as ControllerWatch['requestsOf'], ...options };
}

/** A controller in its shortest form. */
export function defineController(definition: Omit<Controller, 'apiVersion'>): Controller {
  return { apiVersion: 'controller/v1', ...definition };
}
