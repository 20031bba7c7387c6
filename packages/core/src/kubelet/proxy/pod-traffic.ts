/** What Services still send to a pod, as far as this process knows: asked before the pod gets its stop signal. */

import type { Informer } from '../../contract/informer.ts';
import { onAbort } from '../../engine/abortable.ts';
import type { ObjectOf } from '../../store/keys.ts';
import type { Connections } from './connections.ts';
import { readyPodIndex } from './endpoint-indices.ts';

export interface PodTraffic {
  /** An EndpointSlice lists the pod as ready: any proxy may send it new connections. */
  isListed(podUID: string): boolean;
  /** Resolves when none does; rejects when the signal aborts before. */
  unlisted(podUID: string, signal: AbortSignal): Promise<void>;
  /** Connections that the proxies of this process have open to the pod. */
  connectionsTo(podUID: string): number;
  /** Resolves when there is none; rejects when the signal aborts before. */
  drained(podUID: string, signal: AbortSignal): Promise<void>;
}

/** `slices`: with the indices of `readyPodIndices`. */
export function podTraffic(
  slices: Informer<ObjectOf<'EndpointSlice'>>,
  connections: Connections,
): PodTraffic {
  const isListed = (podUID: string) => slices.byIndex(readyPodIndex, podUID).length > 0;
  return {
    isListed,
    unlisted: (podUID, signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const look = () => {
          if (isListed(podUID)) return;
          end();
          resolve();
        };
        const unsubscribe = slices.subscribeTo(readyPodIndex, podUID, { onDelete: look });
        const forget = onAbort(signal, () => {
          end();
          reject(signal.reason);
        });
        const end = () => {
          unsubscribe();
          forget();
        };
        look();
      }),
    connectionsTo: (podUID) => connections.openTo(podUID),
    drained: (podUID, signal) => connections.drained(podUID, signal),
  };
}
