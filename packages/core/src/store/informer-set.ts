/** The caches of one process: one informer for each kind, shared by all who read it. */

import type { ApiObject } from '../api/meta.ts';
import type { Clock } from '../contract/clock.ts';
import type { IndexFunction, Informer } from '../contract/informer.ts';
import { type Logger, silentLogger } from '../contract/logger.ts';
import type { ObjectStore } from '../contract/object-store.ts';
import { commonIndices, endpointSliceIndices, podIndices } from './common-indices.ts';
import { createInformer } from './informer.ts';
import type { ObjectOf } from './keys.ts';

export type Indices = Readonly<Record<string, IndexFunction<ApiObject>>>;

export interface InformerSet {
  /** Begins to list and watch when it is first asked for. */
  of<K extends string>(kind: K): Informer<ObjectOf<K>>;
  /** Declares indices; throws when the kind is watched already, for its objects would be missing in them. */
  declare(kind: string, indices: Indices): void;
  /** Everything that existed when each informer began is known. */
  synced(): Promise<void>;
}

export interface InformerSetOptions {
  readonly objects: ObjectStore;
  readonly clock: Clock;
  readonly logger?: Logger;
  /** Ends all informers. */
  readonly signal: AbortSignal;
}

/** Those that several parts read. */
const indicesOfKind: Readonly<Record<string, object>> = {
  Pod: podIndices,
  EndpointSlice: endpointSliceIndices,
};

export function createInformerSet(options: InformerSetOptions): InformerSet {
  const { logger = silentLogger, ...shared } = options;
  const informers = new Map<string, Informer<ObjectOf<string>>>();
  const declared = new Map<string, Indices>();
  return {
    of<K extends string>(kind: K): Informer<ObjectOf<K>> {
      const known = informers.get(kind);
      // Each kind has objects of its own type; the map cannot say so.
      if (known !== undefined) return known as Informer<ObjectOf<K>>;
      const indices = { ...commonIndices, ...indicesOfKind[kind], ...declared.get(kind) } as Indices;
      const informer = createInformer({ ...shared, logger, kind, indices });
      informers.set(kind, informer as Informer<ObjectOf<string>>);
      return informer;
    },
    declare(kind, indices) {
      const known = declared.get(kind) ?? {};
      const added = Object.keys(indices).filter((name) => known[name] !== indices[name]);
      if (added.length === 0) return;
      if (informers.has(kind))
        throw new TypeError(`${kind} is watched already: too late for ${added.join()}`);
      declared.set(kind, { ...known, ...indices });
    },
    async synced() {
      await Promise.all([...informers.values()].map((informer) => informer.synced));
    },
  };
}
