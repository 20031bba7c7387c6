/**
 * Objects as readers see them: the stored value with its revision as `metadata.resourceVersion`. The revision of a write
 * is known only after it, so it is put in when the object is read. A view is made once for each value and revision: the
 * same state of an object is always the same JavaScript object, which may be compared with `===`.
 */

import type { ApiObject } from '../api/meta.ts';
import type { Revision, StoreValue } from '../contract/store.ts';

/** An object with its revision. */
export type View = ApiObject & { readonly metadata: { readonly resourceVersion: string } };

/** Of values that are well: written here, or looked at. */
const views = new WeakMap<StoreValue, View>();

/** The view of a value that was made before, at this revision. Who has it need not look at the value again. */
export function knownView(value: StoreValue, revision: Revision): View | undefined {
  const known = views.get(value);
  return known !== undefined && Number(known.metadata.resourceVersion) === revision ? known : undefined;
}

/** Of a value that is known to be well. `undefined` when it has not the shape of an API object. */
export function viewOf(value: StoreValue, revision: Revision): View | undefined {
  const view = passingView(value, revision);
  if (view !== undefined) views.set(value, view);
  return view;
}

/** Of a value that nobody may have looked at: it is not remembered. */
export function passingView(value: StoreValue, revision: Revision): View | undefined {
  const known = knownView(value, revision);
  if (known !== undefined) return known;
  if (!isApiObject(value)) return undefined;
  // Not by spread: see `newObject`.
  const metadata = Object.freeze(Object.assign({}, value.metadata, { resourceVersion: String(revision) }));
  return Object.freeze(Object.assign({}, value, { metadata }));
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
