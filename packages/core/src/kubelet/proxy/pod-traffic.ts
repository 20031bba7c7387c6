/** What Services still send to a pod, as far as this process knows: asked before the pod gets its stop signal. */

import type { Endpoint } from '../../api/network.ts';
import type { Informer } from '../../contract/informer.ts';
import { onAbort } from '../../engine/abortable.ts';
import { serviceKeyOf } from '../../store/common-indices.ts';
import type { ObjectOf } from '../../store/keys.ts';
import type { Connections } from './connections.ts';
import { listedPodIndex } from './endpoint-indices.ts';
import type { ForeignAddresses } from './foreign-addresses.ts';
import { isReady, isServing } from './usable-endpoints.ts';

export interface PodTraffic {
  /** From now on the proxies of this process send no connection there that another endpoint can take. */
  leave(podUID: string): void;
  /** An EndpointSlice lists the pod as ready: any proxy may send it new connections. */
  isListed(podUID: string): boolean;
  /** Resolves when none does; rejects when the signal aborts before. */
  unlisted(podUID: string, signal: AbortSignal): Promise<void>;
  /** Connections that the proxies of this process have open to the pod. */
  connectionsTo(podUID: string): number;
  /** Resolves when there is none; rejects when the signal aborts before. */
  drained(podUID: string, signal: AbortSignal): Promise<void>;
  /** Another process of this host has an address of a Service that the pod serves: its connections cannot be counted. */
  isServedElsewhere(podUID: string): boolean;
}

/** `slices`: with the indices of `listedPodIndices`. */
export function podTraffic(
  slices: Informer<ObjectOf<'EndpointSlice'>>,
  connections: Connections,
  foreign: ForeignAddresses,
): PodTraffic {
  const listing = (podUID: string, isWanted: (endpoint: Endpoint) => boolean) =>
    slices
      .byIndex(listedPodIndex, podUID)
      .filter(({ endpoints }) =>
        endpoints.some((endpoint) => endpoint.targetRef?.uid === podUID && isWanted(endpoint)),
      );
  const isListed = (podUID: string) => listing(podUID, isReady).length > 0;
  return {
    leave: (podUID) => connections.leave(podUID),
    isListed,
    unlisted: (podUID, signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        if (!isListed(podUID)) {
          resolve();
          return;
        }
        const look = () => {
          if (isListed(podUID)) return;
          end();
          resolve();
        };
        const unsubscribe = slices.subscribeTo(listedPodIndex, podUID, { onUpsert: look, onDelete: look });
        const forget = onAbort(signal, () => {
          end();
          reject(signal.reason);
        });
        const end = () => {
          unsubscribe();
          forget();
        };
      }),
    connectionsTo: (podUID) => connections.openTo(podUID),
    drained: (podUID, signal) => connections.drained(podUID, signal),
    isServedElsewhere: (podUID) =>
      listing(podUID, isServing).some((slice) => foreign.has(serviceKeyOf(slice) ?? '')),
  };
}
