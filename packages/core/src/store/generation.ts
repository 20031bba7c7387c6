/** `metadata.generation`: how often what is wanted has changed. Which kinds have one is as in Kubernetes. Pure. */

import type { ApiObject } from '../api/meta.ts';
import { jsonEqual } from './json-equal.ts';

/** Kinds with a `spec` that nobody reports to have seen. */
const uncounted: ReadonlySet<string> = new Set(['Lease', 'Namespace', 'Node', 'Service']);

export function firstGeneration(object: ApiObject): { readonly generation?: 1 } {
  return isCounted(object) ? { generation: 1 } : {};
}

/** The generation counts the changes of what is wanted: also of what admission has filled in, so it is counted last. */
export function withGeneration(current: ApiObject, changed: ApiObject): ApiObject {
  if (!isCounted(changed) || jsonEqual(wishOf(current), wishOf(changed))) return changed;
  const generation = (current.metadata.generation ?? 0) + 1;
  return { ...changed, metadata: { ...changed.metadata, generation } };
}

function isCounted(object: ApiObject): boolean {
  return isSlice(object) || ('spec' in object && !uncounted.has(object.kind));
}

/** All that an EndpointSlice says, it wants. */
function wishOf(object: ApiObject): unknown {
  if (!isSlice(object)) return (object as { readonly spec?: unknown }).spec;
  const { metadata, ...wish } = object;
  return { labels: metadata.labels, ...wish };
}

function isSlice({ kind }: ApiObject): boolean {
  return kind === 'EndpointSlice';
}
