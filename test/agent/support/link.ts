import type { Store } from '@mooring/core';

/** What one agent sees of the store, until its link is cut. */
export class Link {
  isCut = false;

  through(store: Store): Store {
    const guard = () => {
      if (this.isCut) throw new Error('cut off');
    };
    const link = this;
    return {
      get: async (...given) => {
        guard();
        return await store.get(...given);
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
