/**
 * Records what happened to objects as Event objects. `record` is synchronous, cheap and never throws: events are for
 * people to read, and nothing waits for them. They are stored in the background; when the store cannot keep up, events
 * are dropped and counted.
 */

import { formatTime } from '../../api/meta.ts';
import type { KubeEvent } from '../../api/objects.ts';
import type { Clock, Random } from '../../contract/clock.ts';
import { hasCode } from '../../contract/error.ts';
import { type Logger, silentLogger } from '../../contract/logger.ts';
import { createWorkQueue } from '../../engine/work-queue.ts';
import type { ObjectStore } from '../object-store.ts';
import {
  type CorrelatedEvent,
  type CorrelatorSettings,
  defaultCorrelation,
  EventCorrelator,
  type EventInput,
  type EventMoment,
} from './correlator.ts';
import { createEventNames } from './event-names.ts';

export interface EventRecorder extends AsyncDisposable {
  record(event: EventInput): void;
  /** Resolves when everything that was recorded before is stored or given up; retries do not count. */
  flush(): Promise<void>;
  stats(): EventRecorderStats;
}

export interface EventRecorderStats {
  readonly recorded: number;
  /** Cut off because one object had too many. */
  readonly filtered: number;
  /** Lost because the queue was full or the store refused them. */
  readonly dropped: number;
}

export interface EventRecorderOptions {
  readonly objects: ObjectStore;
  readonly clock: Clock;
  readonly random: Random;
  /** `kubelet`, `replicaset-controller`... */
  readonly component: string;
  /** The node, for components that run on one. */
  readonly host?: string;
  readonly correlation?: CorrelatorSettings;
  /** Events that wait to be stored. 1000 when not given. */
  readonly queueMax?: number;
  readonly logger?: Logger;
}

/** Kubernetes' client library: 12 tries, 10 s apart. */
const triesMax = 12;
const retryMs = 10_000;
const concurrency = 16;

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { objects, clock, queueMax = 1000, logger = silentLogger } = options;
  const correlator = new EventCorrelator(
    createEventNames(clock, options.random),
    options.correlation ?? defaultCorrelation,
  );
  /** The newest state of each event that is not stored yet, by the event's name. */
  const pending = new Map<string, CorrelatedEvent>();
  const stats = { recorded: 0, filtered: 0, dropped: 0 };
  const giveUp = (name: string, error: unknown) => {
    pending.delete(name);
    stats.dropped += 1;
    // A namespace that is being emptied takes no events, which is no fault of anybody.
    const level = hasCode(error, 'FORBIDDEN') ? 'debug' : 'warn';
    logger[level]({ key: name, err: error }, 'event could not be stored');
  };
  const queue = createWorkQueue({
    clock,
    concurrency,
    backOffMs: retryMs,
    backOffMsMax: retryMs,
    run: async (name, signal) => {
      const event = pending.get(name);
      if (event === undefined) return;
      await storeEvent(objects, toObject(options, event), signal);
      // A repetition that came meanwhile has replaced the entry and made the key dirty.
      if (pending.get(name) === event) pending.delete(name);
    },
    onError: (name, error, failures) => {
      // What the store refuses today it refuses tomorrow.
      const isFinal = failures >= triesMax || hasCode(error, 'INVALID') || hasCode(error, 'FORBIDDEN');
      if (isFinal) giveUp(name, error);
      return !isFinal;
    },
  });
  /** Recorded in this turn of the event loop, and not looked at yet. */
  let fresh: { readonly input: EventInput; readonly at: EventMoment }[] = [];
  const takeIn = () => {
    const taken = fresh;
    fresh = [];
    for (const { input, at } of taken) {
      const event = correlator.correlate(input, at);
      if (event === undefined) {
        stats.filtered += 1;
      } else if (pending.size >= queueMax && !pending.has(event.name)) {
        stats.dropped += 1;
      } else {
        pending.set(event.name, event);
        queue.add(event.name);
      }
    }
  };
  return {
    record(input) {
      stats.recorded += 1;
      fresh.push({ input, at: { wallMs: clock.now(), monotonicMs: clock.monotonicMs() } });
      if (clock.later === undefined) takeIn();
      else if (fresh.length === 1) clock.later(takeIn);
    },
    flush() {
      takeIn();
      return queue.idle();
    },
    stats() {
      takeIn();
      return { ...stats };
    },
    [Symbol.asyncDispose]: () => queue[Symbol.asyncDispose](),
  };
}

function toObject(options: EventRecorderOptions, event: CorrelatedEvent): KubeEvent {
  const { component, host } = options;
  const firstTimestamp = formatTime(event.firstMs);
  return {
    apiVersion: 'v1',
    kind: 'Event',
    // Events about objects without a namespace lie in `default`.
    metadata: { name: event.name, namespace: event.object.namespace ?? 'default' },
    involvedObject: event.object,
    type: event.type,
    reason: event.reason,
    message: event.message,
    count: event.count,
    firstTimestamp,
    lastTimestamp: event.lastMs === event.firstMs ? firstTimestamp : formatTime(event.lastMs),
    source: host === undefined ? { component } : { component, host },
    reportingComponent: component,
    ...(host === undefined ? {} : { reportingInstance: host }),
  };
}

/** Creates the event, or brings the stored one up to date. Either may find that the other was right. */
async function storeEvent(objects: ObjectStore, event: KubeEvent, signal: AbortSignal): Promise<void> {
  const update = () => objects.update(event, signal);
  const create = () => objects.create(event, { signal, isUnread: true });
  try {
    await (event.count > 1 ? update() : create());
  } catch (error) {
    // It has expired meanwhile, or its creation was answered too late.
    if (hasCode(error, 'NOT_FOUND')) await create();
    else if (hasCode(error, 'ALREADY_EXISTS')) await update();
    else throw error;
  }
}
