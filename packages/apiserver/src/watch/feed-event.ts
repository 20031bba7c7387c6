/** One change of an object, with the words in which it is told; they are made once for all who watch. */

import type { ApiObject, Revision } from '@mooring/core';
import type { Selection } from '../select/selection.ts';

export type WatchType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** What those are told who watch a selection. */
export interface ToldEvent {
  readonly type: WatchType;
  readonly object: ApiObject;
}

export class FeedEvent {
  readonly type: 'put' | 'delete';
  /** The last state, where it is a deletion. */
  readonly object: ApiObject;
  /** The state before; absent where the object is new. */
  readonly old: ApiObject | undefined;
  readonly revision: Revision;
  private text: string | undefined;

  constructor(type: 'put' | 'delete', object: ApiObject, old: ApiObject | undefined, revision: Revision) {
    this.type = type;
    this.object = object;
    this.old = old;
    this.revision = revision;
  }

  /** The JSON of the object. */
  get json(): string {
    this.text ??= JSON.stringify(this.object);
    return this.text;
  }

  /** What begins to match is added, what ceases to is deleted, whatever happened to it. `undefined`: nothing is told. */
  toldTo(selection: Selection): ToldEvent | undefined {
    const { type, object, old } = this;
    const didMatch = old !== undefined && selection.matches(old);
    if (type === 'delete')
      return didMatch || selection.matches(object) ? { type: 'DELETED', object } : undefined;
    if (selection.matches(object)) return { type: didMatch ? 'MODIFIED' : 'ADDED', object };
    if (!didMatch) return undefined;
    // As it was when it matched last, at the version in which it does not any more.
    const { resourceVersion } = object.metadata;
    const metadata = { ...old.metadata, ...(resourceVersion !== undefined && { resourceVersion }) };
    return { type: 'DELETED', object: { ...old, metadata } };
  }
}
