/** The object store: reads and writes of API objects over a plain store. */

import type { ApiObject } from '../api/meta.ts';
import type { Clock, Random } from '../contract/clock.ts';
import type { ObjectStore, PatchOptions } from '../contract/object-store.ts';
import type { Revision, Store } from '../contract/store.ts';
import { ObjectReader, type UnusableValue } from './object-reader.ts';
import { ObjectWriter } from './object-writer.ts';

export type {
  CreateOptions,
  DeleteOptions,
  ObjectEvent,
  ObjectList,
  ObjectStore,
  PatchOptions,
  PodBinding,
} from '../contract/object-store.ts';

/**
 * Defaults and checks an object before it is written; throws `INVALID`. `old` is absent for a new object; the options are
 * those of `PatchOptions`.
 */
export type Admission = (
  object: ApiObject,
  old?: ApiObject,
  options?: Pick<PatchOptions, 'isDecoded' | 'subresource'>,
) => ApiObject;

/** Checks a status before it is written over the one of `old`; throws `INVALID`. */
export type StatusAdmission = (object: ApiObject, old: ApiObject) => void;

/** An object as it was written. */
export interface Written {
  readonly object: ApiObject;
  readonly revision: Revision;
}

/** Stands around every write of objects of its kind: fills in what only the store can know to be free. */
export interface WriteHook {
  readonly kind: string;
  /** Calls `put` once, with the object that is to be written. `old` is absent for a new object. */
  write(
    object: ApiObject,
    old: ApiObject | undefined,
    put: (object: ApiObject) => Promise<Revision>,
    signal: AbortSignal | undefined,
  ): Promise<Written>;
}

export interface ObjectStoreOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly admit?: Admission;
  readonly admitStatus?: StatusAdmission;
  readonly hook?: WriteHook;
  /** Hears of values that are no objects of their kind; they are not shown. Must not throw. */
  readonly onUnusable?: (value: UnusableValue) => void;
}

export function createObjectStore(options: ObjectStoreOptions): ObjectStore {
  const reader = new ObjectReader(options.store, options.onUnusable);
  const writer = new ObjectWriter(options);
  return {
    get: (kind, namespace, name, signal) => reader.get(kind, namespace, name, signal),
    list: (kind, namespace, listOptions) => reader.list(kind, namespace, listOptions),
    watch: (kind, namespace, watchOptions) => reader.watch(kind, namespace, watchOptions),
    create: (object, createOptions) => writer.create(object, createOptions),
    update: (object, signal) => writer.update(object, signal),
    updateStatus: (object, signal) => writer.updateStatus(object, signal),
    patchWith: (kind, namespace, name, change, patchOptions) =>
      writer.patchWith(kind, namespace, name, change, patchOptions),
    bind: (binding, signal) => writer.bind(binding, signal),
    delete: (kind, namespace, name, deleteOptions) => writer.delete(kind, namespace, name, deleteOptions),
  };
}
