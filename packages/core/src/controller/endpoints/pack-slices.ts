/**
 * How endpoints are spread over slices: so that as few slices as possible are written, not so that there are as few as
 * possible. Slices are never rebalanced.
 */

import type { Endpoint, EndpointSlice } from '../../api/network.ts';
import { jsonEqual } from '../../store/json-equal.ts';

export interface PackOptions {
  /** Endpoints in one slice. */
  readonly endpointsMax: number;
  /** The slice has to be written anyway. */
  isOutdated(slice: EndpointSlice): boolean;
}

export interface PackedSlice {
  /** `undefined`: a new one. */
  readonly slice: EndpointSlice | undefined;
  /** The very list of the slice when nothing of it changed; empty when the slice is of no use any more. */
  readonly endpoints: readonly Endpoint[];
}

/**
 * `slices` and `wanted` are those of one address family and one list of ports. What is wanted already has its place;
 * what is new goes into slices that are written anyway, fullest first; the rest into the one unchanged slice that it
 * fills best, or else into new ones.
 */
export function packEndpoints(
  slices: readonly EndpointSlice[],
  wanted: readonly Endpoint[],
  { endpointsMax, isOutdated }: PackOptions,
): readonly PackedSlice[] {
  const homeless = new Map(wanted.map((endpoint) => [endpointKey(endpoint), endpoint]));
  const drafts = slices.map((slice) => keepWanted(slice, homeless, endpointsMax));
  const rest = [...homeless.values()];
  const written = drafts.filter(
    (draft) => draft.endpoints.length > 0 && (draft.isChanged || isOutdated(draft.slice)),
  );
  for (const draft of fullestFirst(written)) fill(draft, rest, endpointsMax);
  const unchanged = drafts.filter((draft) => draft.endpoints.length > 0 && !written.includes(draft));
  const fresh: Endpoint[][] = [];
  while (rest.length > 0) {
    const target = fullestFirst(unchanged).find(
      ({ endpoints }) => endpoints.length + rest.length <= endpointsMax,
    );
    if (target === undefined) fresh.push(rest.splice(0, endpointsMax));
    else fill(target, rest, endpointsMax);
  }
  return [
    ...drafts.map(({ slice, endpoints, isChanged }) => ({
      slice,
      endpoints: isChanged ? endpoints : slice.endpoints,
    })),
    ...fresh.map((endpoints) => ({ slice: undefined, endpoints })),
  ];
}

interface Draft {
  readonly slice: EndpointSlice;
  readonly endpoints: Endpoint[];
  isChanged: boolean;
}

/** Takes what has its place out of `homeless`. */
function keepWanted(slice: EndpointSlice, homeless: Map<string, Endpoint>, endpointsMax: number): Draft {
  const draft: Draft = { slice, endpoints: [], isChanged: false };
  for (const old of slice.endpoints) {
    const key = endpointKey(old);
    const endpoint = homeless.get(key);
    const isKept = endpoint !== undefined && draft.endpoints.length < endpointsMax;
    if (isKept) {
      homeless.delete(key);
      draft.endpoints.push(endpoint);
    }
    if (!isKept || !jsonEqual(old, endpoint)) draft.isChanged = true;
  }
  return draft;
}

function fill(draft: Draft, rest: Endpoint[], endpointsMax: number): void {
  const added = rest.splice(0, Math.max(0, endpointsMax - draft.endpoints.length));
  if (added.length === 0) return;
  draft.endpoints.push(...added);
  draft.isChanged = true;
}

function fullestFirst(drafts: readonly Draft[]): readonly Draft[] {
  return [...drafts].sort((a, b) => b.endpoints.length - a.endpoints.length);
}

/** A pod has one endpoint in each address family. What belongs to no pod is nothing that we wrote. */
function endpointKey({ targetRef }: Endpoint): string {
  return targetRef?.uid ?? '';
}
