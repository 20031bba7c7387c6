/** The texts of the last lists, by what was listed and in which form. */

import { type ApiObject, ListMemory } from '@mooring/core';
import type { SharedText } from '../json/shared-json.ts';
import type { ListTexts } from './object-form.ts';
import { keyOf } from './object-key.ts';

/** Namespaces come and go. */
const listsMax = 256;

export class ListMemories {
  private readonly lists = new Map<string, ListTexts>();

  of(formName: string, kind: string, namespace: string | undefined): ListTexts {
    const key = `${formName}/${kind}/${namespace ?? ''}`;
    const known = this.lists.get(key);
    if (known !== undefined) return known;
    if (this.lists.size >= listsMax) this.lists.clear();
    const made = new ListMemory<ApiObject, SharedText>((a, b) => keyOf(a) < keyOf(b));
    this.lists.set(key, made);
    return made;
  }
}
