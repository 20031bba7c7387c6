/** A bounded queue between a synchronous writer and one asynchronous reader. */

import { onAbort } from './abortable.ts';
import { Fifo } from './fifo.ts';

/** The bound of a queue, and what ends it. */
export interface AsyncQueueOptions {
  /** Items kept for the reader; beyond it the oldest are dropped and counted. */
  readonly pendingMax: number;
  /** Ends the queue at once; what is pending is let go. */
  readonly signal?: AbortSignal;
  /** Called once, when the queue takes nothing any more, whoever ended it. */
  readonly onEnd?: () => void;
}

interface Waiter<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: unknown): void;
}

const done: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * Items from who pushes to who iterates, in order. Bounded: a reader that is too slow loses the oldest, and `dropped`
 * counts them.
 */
export class AsyncQueue<T> implements AsyncIterableIterator<T, undefined> {
  private readonly options: AsyncQueueOptions;
  private readonly items = new Fifo<T>();
  private readonly waiters: Waiter<T>[] = [];
  private ended = false;
  private failure: { readonly error: unknown } | undefined;
  private droppedCount = 0;
  /** Absent while the constructor runs, where an aborted signal ends the queue at once. */
  private readonly forgetSignal: (() => void) | undefined;

  constructor(options: AsyncQueueOptions) {
    this.options = options;
    this.forgetSignal = onAbort(options.signal, () => this.stop());
  }

  /** Hands the item to the reader or keeps it; does nothing once the queue has ended. */
  push(item: T): void {
    if (this.ended) return;
    const waiter = this.waiters.shift();
    if (waiter !== undefined) {
      waiter.resolve({ done: false, value: item });
      return;
    }
    if (this.size >= this.options.pendingMax) {
      this.items.shift();
      this.droppedCount += 1;
    }
    this.items.push(item);
  }

  /** Items that wait for the reader. */
  get size(): number {
    return this.items.size;
  }

  /** Items that were thrown away because the reader was slow. */
  get dropped(): number {
    return this.droppedCount;
  }

  /** No more items: the reader gets what is pending, then the end. */
  close(): void {
    if (this.ended) return;
    this.ended = true;
    this.forgetSignal?.();
    for (const waiter of this.waiters.splice(0)) waiter.resolve(done);
    this.options.onEnd?.();
  }

  /** Ends now; what is pending is let go. */
  stop(): void {
    this.items.clear();
    this.close();
  }

  /** Ends now with an error for the reader; what is pending is let go. */
  fail(error: unknown): void {
    if (this.ended) return;
    const waiter = this.waiters.shift();
    if (waiter === undefined) this.failure = { error };
    else waiter.reject(error);
    this.stop();
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.size > 0) return Promise.resolve({ done: false, value: this.items.shift() as T });
    const { failure } = this;
    this.failure = undefined;
    if (failure !== undefined) return Promise.reject(failure.error);
    if (this.ended) return Promise.resolve(done);
    return new Promise((resolve, reject) => this.waiters.push({ resolve, reject }));
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    this.stop();
    return Promise.resolve(done);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
