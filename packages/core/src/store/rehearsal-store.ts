/**
 * A store for one rehearsal: what is written to it is seen by those who read it, and by nobody else. Conditions are
 * checked as by the store below, to which nothing is ever written.
 */

import type { Revision, Store, StoreEntry, StoreValue, WatchOptions } from '../contract/store.ts';
import { deepFreeze } from './deep-freeze.ts';
import { checkValueSize, defaultValueBytesMax } from './value-size.ts';
import { checkCreate, checkDelete, checkKey, checkUpdate } from './write-check.ts';

/** Watches are those of the store below: they do not see what was rehearsed. */
export function createRehearsalStore(below: Store): Store {
  /** `undefined`: deleted. */
  const written = new Map<string, StoreEntry | undefined>();
  const get = async (key: string, signal?: AbortSignal) =>
    written.has(key) ? written.get(key) : await below.get(key, signal);
  /** An entry keeps its revision: the next real write of it will be made from there. */
  const put = (key: string, value: StoreValue, revision: Revision): Revision => {
    checkKey(key);
    checkValueSize(key, value, defaultValueBytesMax);
    written.set(key, { key, value: deepFreeze(value), revision });
    return revision;
  };
  return {
    get,
    async list(prefix, signal) {
      const { entries, revision } = await below.list(prefix, signal);
      const kept = entries.filter(({ key }) => !written.has(key));
      const own = [...written.values()].filter((entry) => entry?.key.startsWith(prefix)) as StoreEntry[];
      const merged = [...kept, ...own].sort((a, b) => (a.key < b.key ? -1 : 1));
      return { entries: merged, revision };
    },
    async create(key, value, signal) {
      checkCreate(key, await get(key, signal));
      return put(key, value, 0);
    },
    async update(key, value, expected, signal) {
      checkUpdate(key, await get(key, signal), expected);
      return put(key, value, expected);
    },
    async delete(key, expected, signal) {
      if (checkDelete(key, await get(key, signal), expected)) written.set(key, undefined);
    },
    watch: (prefix: string, options: WatchOptions) => below.watch(prefix, options),
    async [Symbol.asyncDispose]() {
      written.clear();
    },
  };
}
