/** The store as one agent sees it: over a connection that loses requests, replies and watches. */

import {
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

/** What is wrong between one node and the store; outlives the lives of its agent. */
export class StoreLink {
  private readonly random: SeededRandom;
  private readonly faults = new Set<{ readonly fault: StoreFault; readonly share: number }>();
  private readonly waiting: (() => void)[] = [];
  private breaks = new AbortController();

  constructor(random: SeededRandom) {
    this.random = random;
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
  take(): Exclude<StoreFault, 'stall'> | undefined {
    for (const { fault, share } of this.faults) {
      if (fault !== 'stall' && this.random.chance(share)) return fault;
    }
    return undefined;
  }

  delayMs(): number {
    return this.random.int(1, 5000);
  }

  async untilFlowing(): Promise<void> {
    while (this.isStalled) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private get isStalled(): boolean {
    return [...this.faults].some(({ fault }) => fault === 'stall');
  }
}

export class FaultyStore implements Store {
  private readonly inner: Store;
  private readonly link: StoreLink;
  private readonly life: Life;

  constructor(inner: Store, link: StoreLink, life: Life) {
    this.inner = inner;
    this.link = link;
    this.life = life;
  }

  get(key: string, signal?: AbortSignal): Promise<StoreEntry | undefined> {
    return this.call('get', signal, () => this.inner.get(key, signal));
  }

  list(prefix: string, signal?: AbortSignal) {
    return this.call('list', signal, () => this.inner.list(prefix, signal));
  }

  create(key: string, value: StoreValue, signal?: AbortSignal): Promise<Revision> {
    return this.call('create', signal, () => this.inner.create(key, value, signal));
  }

  update(key: string, value: StoreValue, expected: Revision, signal?: AbortSignal): Promise<Revision> {
    return this.call('update', signal, () => this.inner.update(key, value, expected, signal));
  }

  delete(key: string, expected: Revision | undefined, signal?: AbortSignal): Promise<void> {
    return this.call('delete', signal, () => this.inner.delete(key, expected, signal));
  }

  watch(prefix: string, { signal, ...options }: WatchOptions): AsyncIterable<WatchEvent> {
    const { broken } = this.link;
    const events = this.inner.watch(prefix, { ...options, signal: AbortSignal.any([signal, broken]) });
    return this.watched(events, broken, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  private async *watched(
    events: AsyncIterable<WatchEvent>,
    broken: AbortSignal,
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent, void> {
    yield* this.life.stream(events, async (event) => {
      await this.link.untilFlowing();
      if (event.type !== 'synced') this.noteTold(event);
    });
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
    this.life.told.set(metadata.uid, { isDeleted, atMs: this.life.clock.now() });
  }

  private call<T>(verb: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const isWrite = verb !== 'get' && verb !== 'list';
    return this.life.pass(`store.${verb}`, async () => {
      const fault = this.link.take();
      const { clock } = this.life;
      if (fault === 'slow') await sleep(clock, this.link.delayMs(), signal);
      if (fault === 'conflict' && (verb === 'update' || verb === 'delete'))
        throw new MooringError('CONFLICT', 'simulated: somebody was faster');
      if (fault === 'lost-request') throw new MooringError('DEADLINE_EXCEEDED', 'simulated: request lost');
      const answer = await work();
      if (fault === 'lost-reply')
        throw new MooringError(isWrite ? 'OUTCOME_UNKNOWN' : 'DEADLINE_EXCEEDED', 'simulated: reply lost');
      return answer;
    });
  }
}
