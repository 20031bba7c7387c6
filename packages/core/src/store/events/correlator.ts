/**
 * Decides what becomes of an event before it is stored: similar ones are combined, equal ones counted, floods cut off.
 * The numbers and the order of the three steps are those of Kubernetes' client library (`record/events_cache.go`).
 */

import type { EventType, ObjectReference } from '../../api/objects.ts';
import { LruMap } from '../../engine/lru-map.ts';
import { type TokenBucket, takeToken } from '../../engine/token-bucket.ts';

/** What happened, as its emitter says it. */
export interface EventInput {
  /** `fieldPath` names the container: `spec.containers{web}`. */
  readonly object: ObjectReference;
  readonly type: EventType;
  /** One CamelCase word. */
  readonly reason: string;
  readonly message: string;
}

/** The state of a stored event. */
export interface CorrelatedEvent extends EventInput {
  /** Name of the event object: the same for each repetition. */
  readonly name: string;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** One moment on both clocks: what is shown is wall time, what is measured is not. */
export interface EventMoment {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

export interface CorrelatorSettings {
  /** This many distinct messages of one kind are combined into one event. */
  readonly similarMax: number;
  /** Messages further apart than this do not count as similar. */
  readonly similarWindowMs: number;
  /** Events of one type about one object at once. */
  readonly burst: number;
  /** Time for one more. */
  readonly refillMs: number;
  /** Entries of each of the three caches. */
  readonly cacheMax: number;
}

export const defaultCorrelation: CorrelatorSettings = {
  similarMax: 10,
  similarWindowMs: 600_000,
  burst: 25,
  refillMs: 300_000,
  cacheMax: 4096,
};

interface Similar {
  readonly messages: Set<string>;
  lastMs: number;
}

interface Known {
  readonly name: string;
  readonly firstMs: number;
  count: number;
}

/** One for each source of events: the source is part of every key upstream and left out here. */
export class EventCorrelator {
  private readonly settings: CorrelatorSettings;
  private readonly newName: (objectName: string) => string;
  private readonly similar: LruMap<string, Similar>;
  private readonly known: LruMap<string, Known>;
  private readonly buckets: LruMap<string, TokenBucket>;

  /** `newName` gives a name that no other event has. */
  constructor(newName: (objectName: string) => string, settings: CorrelatorSettings = defaultCorrelation) {
    this.settings = settings;
    this.newName = newName;
    this.similar = new LruMap(settings.cacheMax);
    this.known = new LruMap(settings.cacheMax);
    this.buckets = new LruMap(settings.cacheMax);
  }

  /** `undefined` for an event that is cut off. Its repetition was counted all the same, so counts may jump. */
  correlate(input: EventInput, at: EventMoment): CorrelatedEvent | undefined {
    const objectKey = keyOfObject(input.object);
    const similarKey = `${objectKey}\n${input.type}\n${input.reason}`;
    const isCombined = this.countSimilar(similarKey, input.message, at.monotonicMs);
    const message = isCombined ? `(combined from similar events): ${input.message}` : input.message;
    const key = isCombined ? similarKey : `${similarKey}\n${input.object.fieldPath ?? ''}\n${input.message}`;
    const event = this.count(key, { ...input, message }, at.wallMs);
    return this.mayPass(`${objectKey}\n${input.type}`, at.monotonicMs) ? event : undefined;
  }

  /** True when the message is one of so many that they become one event. */
  private countSimilar(key: string, message: string, nowMs: number): boolean {
    const { similarMax, similarWindowMs } = this.settings;
    let record = this.similar.get(key);
    if (record === undefined || nowMs - record.lastMs > similarWindowMs) {
      record = { messages: new Set(), lastMs: nowMs };
      this.similar.set(key, record);
    }
    record.messages.add(message);
    record.lastMs = nowMs;
    if (record.messages.size < similarMax) return false;
    // Room for the next one: the set stays one below the limit, and every further message is combined.
    for (const oldest of record.messages) {
      record.messages.delete(oldest);
      break;
    }
    return true;
  }

  private count(key: string, event: EventInput, nowMs: number): CorrelatedEvent {
    let known = this.known.get(key);
    if (known === undefined) {
      known = { name: this.newName(event.object.name), firstMs: nowMs, count: 0 };
      this.known.set(key, known);
    }
    known.count += 1;
    // Not by a spread at first: see `newObject`.
    return { name: known.name, count: known.count, firstMs: known.firstMs, lastMs: nowMs, ...event };
  }

  private mayPass(key: string, nowMs: number): boolean {
    let bucket = this.buckets.get(key);
    if (bucket === undefined) {
      bucket = { tokens: this.settings.burst, atMs: nowMs };
      this.buckets.set(key, bucket);
    }
    return takeToken(bucket, this.settings, nowMs);
  }
}

/** Without the field path: containers of one pod share its limits. A UID says it all, and makes a short key. */
function keyOfObject({ apiVersion, kind, namespace, name, uid }: ObjectReference): string {
  if (uid) return uid;
  return `${kind}\n${namespace ?? ''}\n${name}\n${uid ?? ''}\n${apiVersion ?? ''}`;
}
