/**
 * API objects over a plain store: names, UIDs, versions, status apart from spec, deletion with grace. Reads give frozen
 * objects that carry `metadata.resourceVersion`; the same state of an object is the same JavaScript object.
 */

import type { ObjectOf, Read } from '../api/known-kinds.ts';
import type { ApiObject } from '../api/meta.ts';
import type { Revision, WatchOptions } from './store.ts';

/** A list, and from where to watch on. */
export interface ObjectList<T> {
  /** In the order of namespace and name. */
  readonly items: readonly T[];
  /** A watch from here misses nothing. */
  readonly revision: Revision;
}

/**
 * One step of a watch: an object that is new or changed, one that is gone, and `synced` once everything that was
 * there has been told.
 */
export type ObjectEvent<T> =
  | { readonly type: 'put'; readonly object: T; readonly revision: Revision }
  /** The last state of the object. */
  | { readonly type: 'delete'; readonly object: T; readonly revision: Revision }
  | { readonly type: 'synced'; readonly revision: Revision };

/** How an object is made. */
export interface CreateOptions {
  /** For objects whose identity comes from elsewhere, such as the hash of a static pod's file; a new UID otherwise. */
  readonly uid?: string;
  /** See `PatchOptions`. */
  readonly isDecoded?: boolean;
  /** Nobody looks at what is answered: it may lack its revision. */
  readonly isUnread?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** How a change is written. */
export interface PatchOptions {
  /**
   * What is to be written is, but for its metadata, what `decodeObject` gave back without errors, and nobody else holds it:
   * its types are not looked at once more.
   */
  readonly isDecoded?: boolean;
  /**
   * `status`: only the status is written; `ephemeralcontainers`: only that list of a pod, which nothing else can write.
   * Otherwise everything but the status.
   */
  readonly subresource?: 'status' | 'ephemeralcontainers';
  readonly signal?: AbortSignal | undefined;
}

/**
 * What becomes of the objects that name the deleted one as their owner. `Background`: they are deleted after it.
 * `Foreground`: it stays, marked, until those that block it are gone. `Orphan`: they live on without it.
 */
export type PropagationPolicy = 'Background' | 'Foreground' | 'Orphan';

/** How an object is deleted: `metav1.DeleteOptions`. */
export interface DeleteOptions {
  /** Pods only; the pod's own `terminationGracePeriodSeconds` when not given. 0 removes the object at once. */
  readonly gracePeriodSeconds?: number | undefined;
  /**
   * When not given: what an earlier request asked for, otherwise `Orphan` for a ReplicationController and `Background`
   * for all other kinds, as in Kubernetes.
   */
  readonly propagationPolicy?: PropagationPolicy | undefined;
  /** The older form: `true` is `Orphan`, `false` is `Background`. `INVALID` together with `propagationPolicy`. */
  readonly orphanDependents?: boolean | undefined;
  /** `CONFLICT` when the object has another one. */
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Which pod goes to which node. */
export interface PodBinding {
  readonly namespace?: string | undefined;
  readonly name: string;
  /** `CONFLICT` when the pod has another one. */
  readonly uid?: string | undefined;
  readonly nodeName: string;
}

/** `namespace` is ignored for kinds that have none, and `default` where one is needed and not given. */
export interface ObjectStore {
  get<K extends string>(
    kind: K,
    namespace: string | undefined,
    name: string,
    signal?: AbortSignal,
  ): Promise<ObjectOf<K> | undefined>;
  /** All namespaces when none is given. `filter` is applied before an object is made ready for reading. */
  list<K extends string>(
    kind: K,
    namespace?: string,
    options?: {
      readonly filter?: (object: ObjectOf<K>) => boolean;
      readonly signal?: AbortSignal | undefined;
    },
  ): Promise<ObjectList<ObjectOf<K>>>;
  /** As `Store.watch`, over all namespaces when none is given. What is no API object is left out. */
  watch<K extends string>(
    kind: K,
    namespace: string | undefined,
    options: WatchOptions,
  ): AsyncIterable<ObjectEvent<ObjectOf<K>>>;
  /**
   * Fills in namespace, name (from `generateName`), UID, creation time and generation. Rejects with `ALREADY_EXISTS`, or
   * `INVALID` when it is not admitted.
   */
  create<T extends ApiObject>(object: T, options?: CreateOptions): Promise<Read<T>>;
  /**
   * Writes everything but the status. With `metadata.resourceVersion` only if that is still the current one, otherwise
   * `CONFLICT`; without it in any case, but for a Lease, which is `INVALID` then. Nothing is written when nothing
   * changed. The last finalizer that is taken off an object marked for deletion removes it.
   */
  update<T extends ApiObject>(object: T, signal?: AbortSignal): Promise<Read<T>>;
  /** Writes the status and nothing else; `metadata.uid` and `metadata.resourceVersion` are checked when given. */
  updateStatus<T extends ApiObject>(object: T, signal?: AbortSignal): Promise<Read<T>>;
  /**
   * Reads, changes, writes, and again when another writer was faster. `change` may run several times; what it gives
   * back unchanged, or `undefined`, is not written. Rejects with `CONFLICT` after too many attempts.
   */
  patchWith<K extends string>(
    kind: K,
    namespace: string | undefined,
    name: string,
    change: (current: ObjectOf<K>) => ObjectOf<K> | ApiObject | undefined,
    options?: PatchOptions,
  ): Promise<ObjectOf<K>>;
  /**
   * Gives a pod its node, once and for all: `spec.nodeName` and the condition PodScheduled=True in one write. Rejects with
   * `CONFLICT` when the pod has a node already or is being deleted, and with `NOT_FOUND` when it is gone.
   */
  bind(binding: PodBinding, signal?: AbortSignal): Promise<ObjectOf<'Pod'>>;
  /** Resolves with the object as the request left it: its last state when it is gone. Rejects with `NOT_FOUND`. */
  delete<K extends string>(
    kind: K,
    namespace: string | undefined,
    name: string,
    options?: DeleteOptions,
  ): Promise<ObjectOf<K>>;
}
