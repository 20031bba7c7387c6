/** The objects of a cluster: a store, and around it the checks that every write passes. */

import type { Namespace } from '../api/objects.ts';
import type { Informer } from '../contract/informer.ts';
import type { Store } from '../contract/store.ts';
import type { UnusableValue } from '../store/object-reader.ts';
import { createObjectStore, type ObjectStore } from '../store/object-store.ts';
import { createRehearsalStore } from '../store/rehearsal-store.ts';
import { admitStatus, createAdmission } from './admission.ts';
import { createServiceAllocator } from './compose-services.ts';
import type { ClusterOptions } from './options.ts';
import { tolerationSecondsOf } from './presets.ts';
import { type Resolver, tokens } from './tokens.ts';

export interface ObjectsOptions {
  readonly cluster: ClusterOptions;
  /** Where pods go that name no node; absent where a scheduler decides that. */
  readonly onlyNode?: string | undefined;
}

export function composeObjects(
  parts: Resolver,
  { cluster, onlyNode }: ObjectsOptions,
  store: Store = parts.get(tokens.Store),
): ObjectStore {
  const clock = parts.get(tokens.Clock);
  const random = parts.get(tokens.Random);
  const logger = parts.get(tokens.Logger);
  // Asked for once: every write asks it.
  let namespaces: Informer<Namespace> | undefined;
  const isTerminating = (namespace: string) => {
    namespaces ??= parts.get(tokens.Informers).of('Namespace');
    return namespaces.get(undefined, namespace)?.metadata.deletionTimestamp !== undefined;
  };
  const tolerationSeconds = tolerationSecondsOf(cluster);
  const admit = createAdmission(parts.get(tokens.Plugins), { isTerminating, tolerationSeconds, onlyNode });
  const hook = createServiceAllocator(parts, cluster.services, store);
  const onUnusable = (value: UnusableValue) =>
    logger.error({ component: 'store', ...value }, 'value in the store is no object of its kind; ignored');
  return createObjectStore({ store, clock, random, admit, admitStatus, hook, onUnusable });
}

/** The same objects behind the same checks, but what is written is seen by this rehearsal only. */
export function composeRehearsal(parts: Resolver, options: ObjectsOptions): ObjectStore {
  return composeObjects(parts, options, createRehearsalStore(parts.get(tokens.Store)));
}
