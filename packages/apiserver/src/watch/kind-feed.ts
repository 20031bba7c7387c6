/**
 * All objects of a kind as they are, and the last changes of them: what watches are served from. It follows the store
 * with one watch, however many clients watch.
 */

import {
  type ApiObject,
  type Clock,
  errorMessage,
  type Logger,
  type ObjectStore,
  type Revision,
  sleep,
} from '@mooring/core';
import { FeedEvent } from './feed-event.ts';

export interface FeedOptions {
  readonly objects: ObjectStore;
  readonly kind: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Changes that are kept for watches that resume. */
  readonly historyMax: number;
  readonly signal: AbortSignal;
}

/** Must not throw. */
export interface FeedListener {
  onEvent(event: FeedEvent): void;
  /** The feed has missed something and begins anew: whoever listens has to list again. Nothing comes after it. */
  onLost(): void;
}

export interface Subscription {
  /** What came after the given revision and is known already. */
  readonly missed: readonly FeedEvent[];
  end(): void;
}

/** Pauses between attempts to follow the store; doubled each time until one works. */
const pauseMsMin = 100;
const pauseMsMax = 10_000;

export class KindFeed {
  readonly kind: string;
  /** Everything up to here has been told. */
  revision: Revision = 0;
  private readonly options: FeedOptions;
  private readonly listeners = new Set<FeedListener>();
  private objects = new Map<string, ApiObject>();
  private history: FeedEvent[] = [];
  /** Every change after this revision is in the history. */
  private completeAfter: Revision = Number.POSITIVE_INFINITY;
  private markSynced: () => void = () => {};
  /** Resolves when the feed has seen all objects for the first time. */
  readonly synced: Promise<void>;

  constructor(options: FeedOptions) {
    this.options = options;
    this.kind = options.kind;
    this.synced = new Promise((resolve) => {
      this.markSynced = resolve;
    });
    void this.run();
  }

  get watching(): number {
    return this.listeners.size;
  }

  /** Can a watch begin after this revision? One that is ahead of the feed can; none can while the feed has no state. */
  isKept(revision: Revision): boolean {
    return revision >= this.completeAfter;
  }

  /** All objects as they were then; `undefined` for what is not known any more, or not yet. */
  at(revision: Revision): ApiObject[] | undefined {
    if (revision > this.revision || !this.isKept(revision)) return undefined;
    const objects = new Map(this.objects);
    for (const { object, old, revision: changedAt } of this.history.toReversed()) {
      if (changedAt <= revision) break;
      if (old === undefined) objects.delete(keyOf(object));
      else objects.set(keyOf(old), old);
    }
    return [...objects.values()];
  }

  /** These are the objects of the last change that was told, in the same state. */
  hasHeardOf(objects: readonly ApiObject[]): boolean {
    const isKnown = (object: ApiObject) =>
      this.objects.get(keyOf(object))?.metadata.resourceVersion === object.metadata.resourceVersion;
    return objects.length === this.objects.size && objects.every(isKnown);
  }

  /**
   * Begins at once: nothing is missed between what it gives back and what the listener hears. `undefined` when changes
   * after `from` are not kept, or nothing is known just now.
   */
  subscribe(from: Revision, listener: FeedListener): Subscription | undefined {
    if (!this.isKept(from)) return undefined;
    this.listeners.add(listener);
    return {
      missed: this.history.filter(({ revision }) => revision > from),
      end: () => this.listeners.delete(listener),
    };
  }

  /** Follows the store until the signal aborts; what fails is tried again. */
  private async run(): Promise<void> {
    const { clock, signal, logger, kind } = this.options;
    let pauseMs = pauseMsMin;
    while (!signal.aborted) {
      try {
        await this.follow(() => {
          pauseMs = pauseMsMin;
        });
      } catch (error) {
        if (!signal.aborted)
          logger.warn({ key: kind, why: errorMessage(error) }, 'watch of the store broke off');
      }
      this.lose();
      // An abort ends the sleep and the loop.
      await sleep(clock, pauseMs, signal).catch(() => {});
      pauseMs = Math.min(pauseMs * 2, pauseMsMax);
    }
  }

  private async follow(onSynced: () => void): Promise<void> {
    const { objects, kind, signal } = this.options;
    const first = new Map<string, ApiObject>();
    let isSynced = false;
    for await (const event of objects.watch(kind, undefined, { signal })) {
      if (event.type === 'synced') {
        isSynced = true;
        this.objects = first;
        this.completeAfter = event.revision;
        this.revision = event.revision;
        this.markSynced();
        onSynced();
      } else if (isSynced) {
        this.take(event.type, event.object, event.revision);
      } else if (event.type === 'put') {
        first.set(keyOf(event.object), event.object);
      }
    }
  }

  private take(type: 'put' | 'delete', object: ApiObject, revision: Revision): void {
    const known = this.objects.get(keyOf(object));
    // A store need not tell every state in between: another object of the same name means that the one before has gone.
    if (type === 'put' && known !== undefined && known.metadata.uid !== object.metadata.uid)
      this.tell('delete', lastOf(known, revision), revision);
    this.tell(type, object, revision);
  }

  private tell(type: 'put' | 'delete', object: ApiObject, revision: Revision): void {
    const key = keyOf(object);
    const old = this.objects.get(key);
    if (type === 'put') this.objects.set(key, object);
    else this.objects.delete(key);
    this.revision = revision;
    const event = new FeedEvent(type, object, old, revision);
    this.remember(event);
    for (const listener of this.listeners) listener.onEvent(event);
  }

  private remember(event: FeedEvent): void {
    const { historyMax } = this.options;
    this.history.push(event);
    // Cut by halves: taking one off the front of a long list at each change costs as much as the list is long.
    if (this.history.length <= 2 * historyMax) return;
    const dropped = this.history.length - historyMax;
    this.completeAfter = this.history[dropped - 1]?.revision ?? event.revision;
    this.history = this.history.slice(dropped);
  }

  private lose(): void {
    this.history = [];
    this.completeAfter = Number.POSITIVE_INFINITY;
    const listeners = [...this.listeners];
    this.listeners.clear();
    for (const listener of listeners) listener.onLost();
  }
}

/** The last state of an object as a deletion tells it. */
function lastOf(object: ApiObject, revision: Revision): ApiObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}

function keyOf({ metadata }: ApiObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}
