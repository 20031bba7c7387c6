/** The store as one process sees it: over a connection that loses requests, replies and watches. */

import {
  type Clock,
  MooringError,
  type Revision,
  type Store,
  type StoreEntry,
  type StoreValue,
  sleep,
  type WatchEvent,
  type WatchOptions,
} from '@mooring/core';
import type { SeededRandom } from '@mooring/core/testing';
import type { Life } from './life.ts';
import type { StoreFault } from './plan.ts';
import type { RecordedStore } from './recorded-store.ts';

/** An effect that was reported as unknown comes at most so much later. */
const lateMsMax = 60_000;

/** What is watched is late by so much at most where nothing is wrong. */
const lagMsMax = 500;

/** About what is watched, and not about calls. */
type WatchFault = 'stall' | 'lag';

/** What is wrong between one process and the store; outlives its lives. */
export class StoreLink {
  private readonly random: SeededRandom;
  private readonly faults = new Set<{ readonly fault: StoreFault; readonly share: number }>();
  private readonly waiting: (() => void)[] = [];
  private breaks = new AbortController();

  private readonly clock: Clock;

  constructor(random: SeededRandom, clock: Clock) {
    this.random = random;
    this.clock = clock;
  }

  /** Until what is given back is disposed of. */
  fault(fault: StoreFault, share: number): Disposable {
    const entry = { fault, share };
    this.faults.add(entry);
    return {
      [Symbol.dispose]: () => {
        this.faults.delete(entry);
        if (!this.isStalled) for (const resume of this.waiting.splice(0)) resume();
      },
    };
  }

  /** All watches end with an error. */
  breakWatches(): void {
    this.breaks.abort(new MooringError('DEADLINE_EXCEEDED', 'simulated: connection lost'));
    this.breaks = new AbortController();
  }

  get broken(): AbortSignal {
    return this.breaks.signal;
  }

  /** The fault that this call suffers. */
  take(): Exclude<StoreFault, WatchFault> | undefined {
    for (const { fault, share } of this.faults) {
      if (fault !== 'stall' && fault !== 'lag' && this.random.chance(share)) return fault;
    }
    return undefined;
  }

  delayMs(msMax = 5000): number {
    return this.random.int(1, msMax);
  }

  /** By how many changes a stale answer is behind. */
  lag(): number {
    return this.random.int(1, 30);
  }

  /** Has the effect of a write that nobody waits for any more. */
  later(work: () => Promise<unknown>): void {
    this.clock.setTimeout(() => {
      // A condition that does not hold any more: it has no effect.
      work().catch(() => {});
    }, this.delayMs(lateMsMax));
  }

  private async untilFlowing(): Promise<void> {
    while (this.isStalled) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /** Delays the next item of a watch, but not one that came with the last: gives back until when that holds. */
  async untilNews(freeUntilMs: number): Promise<number> {
    await this.untilFlowing();
    if (!this.suffers('lag') || this.clock.monotonicMs() <= freeUntilMs) return freeUntilMs;
    await sleep(this.clock, this.delayMs(lagMsMax));
    return this.clock.monotonicMs();
  }

  /** Answers are of the past. */
  get isStale(): boolean {
    return this.suffers('stale');
  }

  private get isStalled(): boolean {
    return this.suffers('stall');
  }

  private suffers(fault: StoreFault): boolean {
    return [...this.faults].some((one) => one.fault === fault);
  }
}

type Verb = 'get' | 'list' | 'create' | 'update' | 'delete';

export class FaultyStore implements Store {
  private readonly recorded: RecordedStore;
  private readonly inner: Store;
  private readonly link: StoreLink;
  private readonly life: Life;

  constructor(recorded: RecordedStore, link: StoreLink, life: Life) {
    this.recorded = recorded;
    this.inner = recorded.as(life.name);
    this.link = link;
    this.life = life;
  }

  get(key: string, signal?: AbortSignal): Promise<StoreEntry | undefined> {
    const stale = (lag: number) =>
      this.recorded.past(this.life.name, lag).entries.find((entry) => entry.key === key);
    return this.call('get', signal, (inner) => inner.get(key, signal), stale);
  }

  list(prefix: string, signal?: AbortSignal) {
    const stale = (lag: number) => {
      const { entries, revision } = this.recorded.past(this.life.name, lag);
      return { entries: entries.filter(({ key }) => key.startsWith(prefix)), revision };
    };
    return this.call('list', signal, (inner) => inner.list(prefix, signal), stale);
  }

  create(key: string, value: StoreValue, signal?: AbortSignal): Promise<Revision> {
    return this.write('create', key, signal, (inner) => inner.create(key, value, signal));
  }

  update(key: string, value: StoreValue, expected: Revision, signal?: AbortSignal): Promise<Revision> {
    return this.write('update', key, signal, (inner) => inner.update(key, value, expected, signal));
  }

  delete(key: string, expected: Revision | undefined, signal?: AbortSignal): Promise<void> {
    return this.call('delete', signal, (inner) => inner.delete(key, expected, signal));
  }

  watch(prefix: string, { signal, ...options }: WatchOptions): AsyncIterable<WatchEvent> {
    const { broken } = this.link;
    const events = this.inner.watch(prefix, { ...options, signal: AbortSignal.any([signal, broken]) });
    return this.watched(events, broken, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  private async write<T>(
    verb: Verb,
    key: string,
    signal: AbortSignal | undefined,
    work: (inner: Store) => Promise<T>,
  ): Promise<T> {
    const { truth } = this.recorded;
    const sentAtMs = truth.nowMs();
    const answer = await this.call(verb, signal, work);
    truth.acknowledged(key, sentAtMs);
    return answer;
  }

  private async *watched(
    events: AsyncIterable<WatchEvent>,
    broken: AbortSignal,
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent, void> {
    let freeUntilMs = Number.NEGATIVE_INFINITY;
    const arriving = this.life.stream(events, async () => {
      freeUntilMs = await this.link.untilNews(freeUntilMs);
    });
    for await (const event of arriving) {
      // What came during a pause is heard of after it.
      if (event.type !== 'synced') this.noteTold(event);
      yield event;
    }
    if (broken.aborted && !signal.aborted) throw broken.reason;
  }

  private noteTold({ type, value }: Exclude<WatchEvent, { type: 'synced' }>): void {
    const { metadata, kind } = value as {
      readonly kind?: string;
      readonly metadata?: { readonly uid?: string; readonly deletionTimestamp?: string };
    };
    if (kind !== 'Pod' || metadata?.uid === undefined) return;
    const isDeleted = type === 'delete' || metadata.deletionTimestamp !== undefined;
    const known = this.life.told.get(metadata.uid);
    if (known?.isDeleted === isDeleted) return;
    this.life.told.set(metadata.uid, { isDeleted, atMs: this.recorded.truth.nowMs() });
  }

  private call<T>(
    verb: Verb,
    signal: AbortSignal | undefined,
    work: (inner: Store) => Promise<T>,
    stale?: (lag: number) => T,
  ): Promise<T> {
    const isWrite = stale === undefined;
    return this.life.pass(`store.${verb}`, async () => {
      const fault = this.link.take();
      const { clock } = this.life;
      const inner = isWrite ? this.recorded.as(this.life.name, this.recorded.truth.nowMs()) : this.inner;
      if (fault === 'slow') await sleep(clock, this.link.delayMs(), signal);
      if (fault === 'conflict' && (verb === 'update' || verb === 'delete'))
        throw new MooringError('CONFLICT', 'simulated: somebody was faster');
      if (fault === 'full' && verb === 'create') throw new MooringError('STORE_FULL', 'simulated: full');
      if (fault === 'disk-full' && isWrite)
        throw new MooringError('STORE_FULL', 'the bucket is full: insufficient storage resources available');
      if (fault === 'lost-request') throw new MooringError('DEADLINE_EXCEEDED', 'simulated: request lost');
      if (fault === 'stale' && stale !== undefined) return stale(this.link.lag());
      if (fault === 'late-effect' && isWrite) {
        // It is under way: not even the death of the process keeps it from coming.
        this.link.later(() => work(inner));
        throw new MooringError('OUTCOME_UNKNOWN', 'simulated: no reply');
      }
      const answer = await work(inner);
      if (fault === 'lost-reply')
        throw new MooringError(isWrite ? 'OUTCOME_UNKNOWN' : 'DEADLINE_EXCEEDED', 'simulated: reply lost');
      return answer;
    });
  }
}
