import type { Store } from '@mooring/core';

/** Answers that are kept back. */
class Hold {
  held = 0;
  release = () => {};
  private readonly released = new Promise<void>((resolve) => {
    this.release = resolve;
  });

  async wait(): Promise<void> {
    this.held += 1;
    await this.released;
  }
}

/** What one agent sees of the store, until its link is cut. */
export class Link {
  isCut = false;
  private readonly holds = new Map<string, Hold>();

  /** From now on answers about this key are read at once and come when they are released. */
  hold(key: string): Hold {
    const hold = new Hold();
    this.holds.set(key, hold);
    return hold;
  }

  through(store: Store): Store {
    const guard = () => {
      if (this.isCut) throw new Error('cut off');
    };
    const link = this;
    return {
      get: async (...given) => {
        guard();
        const answer = await store.get(...given);
        await link.holds.get(given[0])?.wait();
        return answer;
      },
      list: async (...given) => {
        guard();
        return await store.list(...given);
      },
      create: async (...given) => {
        guard();
        return await store.create(...given);
      },
      update: async (...given) => {
        guard();
        return await store.update(...given);
      },
      delete: async (...given) => {
        guard();
        await store.delete(...given);
      },
      watch: (...given) => {
        const events = store.watch(...given);
        return (async function* () {
          for await (const event of events) {
            if (link.isCut) throw new Error('cut off');
            yield event;
          }
        })();
      },
      [Symbol.asyncDispose]: async () => {},
    };
  }
}
