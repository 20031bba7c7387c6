/** Endpoints hold so many addresses at most: one object of all pods is written whole at each change of any of them. */

import type { EndpointSubset } from '../../api/network.ts';

export const endpointAddressesMax = 1000;

export interface TruncatedSubsets {
  readonly subsets: readonly EndpointSubset[];
  readonly isTruncated: boolean;
}

/**
 * Ready addresses come first. Where they do not all fit, each subset keeps its share of them and nothing else; otherwise
 * the room that they leave is shared out among those that are not ready, in proportion too.
 */
export function truncateSubsets(subsets: readonly EndpointSubset[], addressesMax: number): TruncatedSubsets {
  const ready = subsets.map(({ addresses = [] }) => addresses);
  const notReady = subsets.map(({ notReadyAddresses = [] }) => notReadyAddresses);
  const room = addressesMax - total(ready);
  if (total(notReady) <= room) return { subsets, isTruncated: false };
  const kept = room < 0 ? shares(ready, addressesMax) : ready;
  const keptNotReady = room < 0 ? notReady.map(() => []) : shares(notReady, room);
  return {
    subsets: subsets.map((subset, i) => ({
      ...subset,
      addresses: kept[i] ?? [],
      notReadyAddresses: keptNotReady[i] ?? [],
    })),
    isTruncated: true,
  };
}

/** Rounded up, so the last ones get what is left. */
function shares<T>(lists: readonly (readonly T[])[], room: number): readonly (readonly T[])[] {
  const all = total(lists);
  let left = room;
  return lists.map((list) => {
    const share = Math.min(Math.ceil((list.length / all) * room), left);
    left -= share;
    return list.slice(0, share);
  });
}

function total(lists: readonly (readonly unknown[])[]): number {
  return lists.reduce((sum, { length }) => sum + length, 0);
}
