/** How the EndpointSlices are found that list a pod. */

import type { EndpointSlice } from '../../api/network.ts';
import type { IndexFunction } from '../../contract/informer.ts';

/** By the UID of each pod that the slice lists, ready or not. */
export const listedPodIndex = 'listedPod';

export const listedPodIndices: Readonly<Record<string, IndexFunction<EndpointSlice>>> = {
  [listedPodIndex]: ({ endpoints }) => [
    ...new Set(
      (endpoints ?? []).flatMap(({ targetRef }) => (targetRef?.uid === undefined ? [] : [targetRef.uid])),
    ),
  ],
};
