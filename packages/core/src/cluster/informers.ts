import type { ConfigMap, Secret } from '../api/objects.ts';
import type { StoredPod } from '../api/pod.ts';
import type { Clock } from '../contract/clock.ts';
import type { Logger } from '../contract/logger.ts';
import type { ObjectLookup } from '../kubelet/environment/surroundings.ts';
import { createInformer, type Informer } from '../store/informer.ts';
import type { ObjectStore } from '../store/object-store.ts';

/** The caches that the agents of one process share. */
export interface Informers extends ObjectLookup {
  readonly pods: Informer<StoredPod>;
  readonly configMaps: Informer<ConfigMap>;
  readonly secrets: Informer<Secret>;
  readonly synced: Promise<void>;
}

export function createInformers(options: {
  readonly objects: ObjectStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}): Informers {
  const pods = createInformer({ ...options, kind: 'Pod' });
  const configMaps = createInformer({ ...options, kind: 'ConfigMap' });
  const secrets = createInformer({ ...options, kind: 'Secret' });
  return {
    pods,
    configMaps,
    secrets,
    synced: Promise.all([pods.synced, configMaps.synced, secrets.synced]).then(() => {}),
    configMap: (namespace, name) => configMaps.get(namespace, name),
    secret: (namespace, name) => secrets.get(namespace, name),
  };
}
