/** A queue between one who cannot be stopped at once and one reader, who says when there is room again. */

interface Waiter<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: unknown): void;
}

const done: IteratorReturnResult<undefined> = { done: true, value: undefined };

export class FlowQueue<T> implements AsyncIterable<T> {
  private readonly weightOf: (item: T) => number;
  private readonly weightMax: number;
  private items: T[] = [];
  private weight = 0;
  private waiter: Waiter<T> | undefined;
  private failure: { readonly error: unknown } | undefined;
  private isEnded = false;
  private wake: (() => void)[] = [];

  constructor(weightMax: number, weightOf: (item: T) => number) {
    this.weightMax = weightMax;
    this.weightOf = weightOf;
  }

  get isFull(): boolean {
    return this.weight >= this.weightMax && !this.isEnded;
  }

  push(item: T): void {
    if (this.isEnded) return;
    const { waiter } = this;
    this.waiter = undefined;
    if (waiter !== undefined) {
      waiter.resolve({ done: false, value: item });
      return;
    }
    this.items.push(item);
    this.weight += this.weightOf(item);
  }

  /** Resolves when there is room, or nobody reads any more. */
  async whenRoom(): Promise<void> {
    while (this.isFull)
      await new Promise<void>((resolve) => {
        this.wake.push(resolve);
      });
  }

  /** The reader gets what is there, then the end. */
  end(): void {
    this.finish();
    this.waiter?.resolve(done);
    this.waiter = undefined;
  }

  /** The reader gets the error at once. */
  fail(error: unknown): void {
    if (this.isEnded) return;
    this.failure = { error };
    this.items = [];
    this.finish();
    this.waiter?.reject(error);
    this.waiter = undefined;
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return {
      next: () => this.next(),
      return: async () => {
        this.items = [];
        this.finish();
        return done;
      },
    };
  }

  private next(): Promise<IteratorResult<T, undefined>> {
    const item = this.items.shift();
    if (item !== undefined) {
      this.weight -= this.weightOf(item);
      if (!this.isFull) this.wakeAll();
      return Promise.resolve({ done: false, value: item });
    }
    if (this.failure !== undefined) return Promise.reject(this.failure.error);
    if (this.isEnded) return Promise.resolve(done);
    return new Promise((resolve, reject) => {
      this.waiter = { resolve, reject };
    });
  }

  private finish(): void {
    this.isEnded = true;
    this.wakeAll();
  }

  private wakeAll(): void {
    for (const wake of this.wake.splice(0)) wake();
  }
}
