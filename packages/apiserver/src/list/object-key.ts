import type { ApiObject } from '@mooring/core';

/** In the order of these, lists come: compared as the keys of the store are. */
export function keyOf({ metadata }: ApiObject): string {
  return metadata.namespace === undefined ? (metadata.name ?? '') : `${metadata.namespace}/${metadata.name}`;
}
