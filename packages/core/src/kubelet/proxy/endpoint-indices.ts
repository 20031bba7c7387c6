/** How the EndpointSlices are found that send traffic to a pod. */

import type { EndpointSlice } from '../../api/network.ts';
import type { IndexFunction } from '../../contract/informer.ts';
import { isReady } from './usable-endpoints.ts';

/** By the UID of each pod that the slice lists as ready. */
export const readyPodIndex = 'readyPod';

export const readyPodIndices: Readonly<Record<string, IndexFunction<EndpointSlice>>> = {
  [readyPodIndex]: ({ endpoints }) => [
    ...new Set(
      (endpoints ?? [])
        .filter(isReady)
        .flatMap(({ targetRef }) => (targetRef?.uid === undefined ? [] : [targetRef.uid])),
    ),
  ],
};
