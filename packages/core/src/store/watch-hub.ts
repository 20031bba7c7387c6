/** Serves watches from memory: the last changes for those who resume, and a bounded queue for each watcher. */

import { MooringError } from '../contract/error.ts';
import type { Revision, StoreEntry, WatchEvent, WatchOptions } from '../contract/store.ts';
import { AsyncQueue } from '../engine/async-queue.ts';

export type StoreChange = Exclude<WatchEvent, { readonly type: 'synced' }>;

/** How much a store keeps for watches. */
export interface WatchLimits {
  /** Changes kept for watches that resume. */
  readonly historyMax: number;
  /** Changes kept for one slow watcher; one that falls further behind must list again. */
  readonly pendingMax: number;
}

/** What a watch begins with. */
export interface WatchStart {
  /** Everything below the prefix, in the order of keys. */
  readonly list: (prefix: string) => readonly StoreEntry[];
  readonly revision: Revision;
}

interface Watcher {
  readonly prefix: string;
  readonly queue: AsyncQueue<WatchEvent>;
}

export class WatchHub {
  private readonly limits: WatchLimits;
  private readonly watchers = new Set<Watcher>();
  /** A ring: the oldest change lies at `oldest` once the array is full. */
  private readonly history: StoreChange[] = [];
  private oldest = 0;
  /** Every change after this revision is in the history. */
  private completeAfter: Revision;

  /** `revision` is that of the last change before this hub, of which it knows nothing. */
  constructor(limits: WatchLimits, revision: Revision) {
    this.limits = limits;
    this.completeAfter = revision;
  }

  get watching(): number {
    return this.watchers.size;
  }

  /** Hands a change to everybody whom it concerns. Changes come in the order of their revisions. */
  publish(change: StoreChange): void {
    this.remember(change);
    for (const watcher of this.watchers) {
      if (!change.key.startsWith(watcher.prefix)) continue;
      if (watcher.queue.size < this.limits.pendingMax) watcher.queue.push(change);
      else watcher.queue.fail(expired(`the watch of "${watcher.prefix}" fell behind`));
    }
  }

  /** Active when it returns: no change after `start.revision` is missed. */
  watch(prefix: string, options: WatchOptions, start: WatchStart): AsyncIterable<WatchEvent> {
    let watcher: Watcher | undefined;
    const queue: AsyncQueue<WatchEvent> = new AsyncQueue({
      // One more than the hub puts in: dropping silently is not among the things a watch may do.
      pendingMax: this.limits.pendingMax + 1,
      signal: options.signal,
      // An aborted signal ends the queue while it is made.
      onEnd: () => watcher && this.watchers.delete(watcher),
    });
    watcher = { prefix, queue };
    const { from } = options;
    if (options.signal.aborted) return queue;
    if (from !== undefined && (from < this.completeAfter || from > start.revision)) {
      queue.fail(expired(`changes after revision ${from} are not kept`));
      return queue;
    }
    this.watchers.add(watcher);
    const { revision } = start;
    if (from === undefined)
      return new ReplayedWatch(start.list(prefix), asPut, revision, queue, options.signal);
    const missed = this.since(from).filter(({ key }) => key.startsWith(prefix));
    return new ReplayedWatch(missed, (change) => change, revision, queue, options.signal);
  }

  /** Ends every watch with this error. */
  close(error: MooringError): void {
    for (const { queue } of [...this.watchers]) queue.fail(error);
  }

  private remember(change: StoreChange): void {
    const { historyMax } = this.limits;
    if (this.history.length < historyMax) {
      this.history.push(change);
      return;
    }
    this.completeAfter = this.history[this.oldest]?.revision ?? change.revision;
    if (historyMax === 0) return;
    this.history[this.oldest] = change;
    this.oldest = (this.oldest + 1) % historyMax;
  }

  private since(from: Revision): readonly StoreChange[] {
    const ordered = [...this.history.slice(this.oldest), ...this.history.slice(0, this.oldest)];
    return ordered.filter(({ revision }) => revision > from);
  }
}

function asPut({ key, value, revision }: StoreEntry): WatchEvent {
  return { type: 'put', key, value, revision };
}

function expired(words: string): MooringError {
  return new MooringError('STORE_EXPIRED', `${words}; list again`);
}

/** First what there was, then `synced`, then what comes. Events of the first part are made as they are read. */
class ReplayedWatch<Item> implements AsyncIterableIterator<WatchEvent, undefined> {
  private items: readonly Item[];
  private index = 0;
  private isSynced = false;
  private readonly asEvent: (item: Item) => WatchEvent;
  private readonly revision: Revision;
  private readonly queue: AsyncQueue<WatchEvent>;
  private readonly signal: AbortSignal;

  constructor(
    items: readonly Item[],
    asEvent: (item: Item) => WatchEvent,
    revision: Revision,
    queue: AsyncQueue<WatchEvent>,
    signal: AbortSignal,
  ) {
    this.items = items;
    this.asEvent = asEvent;
    this.revision = revision;
    this.queue = queue;
    this.signal = signal;
  }

  next(): Promise<IteratorResult<WatchEvent, undefined>> {
    if (this.isSynced || this.signal.aborted) return this.queue.next();
    const item = this.items[this.index];
    if (item !== undefined) {
      this.index += 1;
      return Promise.resolve({ done: false, value: this.asEvent(item) });
    }
    this.isSynced = true;
    this.items = [];
    return Promise.resolve({ done: false, value: { type: 'synced', revision: this.revision } });
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    this.isSynced = true;
    this.items = [];
    return this.queue.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
