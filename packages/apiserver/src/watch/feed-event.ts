/** One change of an object, with the words in which it is told; they are made once for all who watch. */

import type { ApiObject, Revision } from '@mooring/core';
import { holdsAt, type SharedText } from '../json/shared-json.ts';
import type { ObjectForm } from '../list/object-form.ts';
import type { Selection } from '../select/selection.ts';

export type WatchType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** A line of a watch. `json`: that of the object. */
export function watchLine(type: WatchType | 'BOOKMARK' | 'ERROR', json: Buffer | string): Buffer {
  const head = Buffer.from(`{"type":"${type}","object":`);
  return Buffer.concat([head, typeof json === 'string' ? Buffer.from(json) : json, lineEnd]);
}

const lineEnd = Buffer.from('}\n');

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
  /** By the name of the form and what is said of the object; absent before somebody was told, as nobody may watch. */
  private lines: Map<string, SharedText> | undefined;

  constructor(type: 'put' | 'delete', object: ApiObject, old: ApiObject | undefined, revision: Revision) {
    this.type = type;
    this.object = object;
    this.old = old;
    this.revision = revision;
  }

  /** The line of what is told, in this form; the same bytes for all who are told the same, to be left as they are. */
  lineOf({ type, object }: ToldEvent, form: ObjectForm): Buffer {
    if (object !== this.object) return watchLine(type, form.text(object).json);
    this.lines ??= new Map();
    const key = `${type} ${form.name}`;
    const known = this.lines.get(key);
    if (known !== undefined && holdsAt(known, form.now())) return known.json;
    const { json, ...times } = form.text(object);
    const line = watchLine(type, json);
    this.lines.set(key, { json: line, ...times });
    return line;
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
