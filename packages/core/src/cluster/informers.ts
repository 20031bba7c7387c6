import type { Service } from '../api/network.ts';
import type { ConfigMap, Secret } from '../api/objects.ts';
import type { StoredPod } from '../api/pod.ts';
import type { Clock } from '../contract/clock.ts';
import type { Logger } from '../contract/logger.ts';
import type { ObjectLookup, ServiceAddress } from '../kubelet/environment/surroundings.ts';
import { namespaceIndex } from '../store/common-indices.ts';
import type { Informer } from '../store/informer.ts';
import { createInformerSet, type InformerSet } from '../store/informer-set.ts';
import type { ObjectStore } from '../store/object-store.ts';

/** The caches that the agents and controllers of one process share. */
export interface Informers extends ObjectLookup, InformerSet {
  readonly pods: Informer<StoredPod>;
  readonly configMaps: Informer<ConfigMap>;
  readonly secrets: Informer<Secret>;
  servicesSeenFrom(namespace: string): readonly ServiceAddress[];
}

export function createInformers(options: {
  readonly objects: ObjectStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}): Informers {
  const set = createInformerSet(options);
  return {
    ...set,
    // Each begins when it is first asked for: who runs no node has no use for Secrets.
    get pods() {
      return set.of('Pod');
    },
    get configMaps() {
      return set.of('ConfigMap');
    },
    get secrets() {
      return set.of('Secret');
    },
    configMap: (namespace, name) => set.of('ConfigMap').get(namespace, name),
    secret: (namespace, name) => set.of('Secret').get(namespace, name),
    servicesSeenFrom(namespace) {
      const services = set.of('Service');
      const ofApi = namespace === 'default' ? undefined : services.get('default', 'kubernetes');
      const seen = services.byIndex(namespaceIndex, namespace);
      return (ofApi === undefined ? seen : [...seen, ofApi]).map(addressOf);
    },
  };
}

function addressOf({ metadata, spec }: Service): ServiceAddress {
  const { namespace = 'default', name = '' } = metadata;
  const { clusterIP, ports = [] } = spec;
  return { namespace, name, ports, ...(clusterIP !== undefined && { clusterIP }) };
}
