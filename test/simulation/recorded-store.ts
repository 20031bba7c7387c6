/** The one store behind all connections: every version of every pod that was ever stored is noted in order. */

import { createMemoryStore, type Revision, type Store, type StoredPod, type StoreValue } from '@mooring/core';
import type { Truth } from './truth.ts';

export class RecordedStore {
  private readonly inner = createMemoryStore();
  private readonly truth: Truth;
  /** By key. */
  private readonly uids = new Map<string, string>();

  constructor(truth: Truth) {
    this.truth = truth;
  }

  /** As it is used by somebody. */
  as(by: string): Store {
    const { inner } = this;
    return {
      get: (key, signal) => inner.get(key, signal),
      list: (prefix, signal) => inner.list(prefix, signal),
      watch: (prefix, options) => inner.watch(prefix, options),
      create: (key, value, signal) => this.put(by, key, value, inner.create(key, value, signal)),
      update: (key, value, expected, signal) =>
        this.put(by, key, value, inner.update(key, value, expected, signal)),
      delete: async (key, expected, signal) => {
        await inner.delete(key, expected, signal);
        const uid = this.uids.get(key);
        if (uid === undefined) return;
        this.uids.delete(key);
        this.truth.removed(by, uid);
      },
      async [Symbol.asyncDispose]() {},
    };
  }

  private async put(by: string, key: string, value: StoreValue, write: Promise<Revision>): Promise<Revision> {
    const revision = await write;
    if (!key.startsWith('pods/')) return revision;
    const pod = value as StoredPod;
    this.uids.set(key, pod.metadata.uid);
    this.truth.stored(by, pod);
    return revision;
  }
}
