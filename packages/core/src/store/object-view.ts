/**
 * Objects as readers see them: the stored value with its revision as `metadata.resourceVersion`. The revision of a write
 * is known only after it, so it is put in when the object is read. A view is made once for each value and revision: the
 * same state of an object is always the same JavaScript object, which may be compared with `===`.
 */

import type { ApiObject } from '../api/meta.ts';
import type { Revision, StoreValue } from '../contract/store.ts';

/** An object with its revision. */
export type View = ApiObject & { readonly metadata: { readonly resourceVersion: string } };

const views = new WeakMap<StoreValue, View>();

/** `undefined` when the value has not the shape of an API object. */
export function viewOf(value: StoreValue, revision: Revision): View | undefined {
  const resourceVersion = String(revision);
  const known = views.get(value);
  if (known !== undefined && known.metadata.resourceVersion === resourceVersion) return known;
  if (!isApiObject(value)) return undefined;
  // Not by spread: see `newObject`.
  const metadata = Object.freeze(Object.assign({}, value.metadata, { resourceVersion }));
  const view: View = Object.freeze(Object.assign({}, value, { metadata }));
  views.set(value, view);
  return view;
}

/** The form in which an object is stored. */
export function withoutRevision<T extends ApiObject>(object: T): T {
  const { resourceVersion, ...metadata } = object.metadata;
  return Object.assign({}, object, { metadata });
}

function isApiObject(value: object): value is ApiObject {
  const { kind, metadata } = value as { kind?: unknown; metadata?: { name?: unknown } | null };
  return typeof kind === 'string' && typeof metadata === 'object' && typeof metadata?.name === 'string';
}
