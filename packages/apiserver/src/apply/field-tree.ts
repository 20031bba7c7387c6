/** The fields of an object as `fieldsV1` says them: what `leavesOf` gives, as a tree and at once. Pure. */

import { isMergedPrimitiveList } from '@mooring/core';
import { type Fields, isFields } from '../json/fields.ts';
import { isAtomic, isOfServer, itemWord, listKeysOf } from './field-leaves.ts';

type Tree = Record<string, Fields>;

/** Shared by all who own a value without parts. */
const leaf: Fields = Object.freeze({});

/** Of specs of pods that nobody can change any more: many share one. */
const treesOfSpecs = new WeakMap<Fields, Fields>();

/** Without fields where nothing of the object can be owned. */
export function fieldTreeOf(object: Fields, kind: string): Fields {
  return new TreeMaker(kind).fields(object, {});
}

class TreeMaker {
  private readonly kind: string;
  /** Of the fields that lead to where the walk is. */
  private readonly names: string[] = [];

  constructor(kind: string) {
    this.kind = kind;
  }

  fields(fields: Fields, tree: Tree): Tree {
    for (const name in fields) {
      const value = fields[name];
      this.names.push(name);
      if (value !== undefined && !isOfServer(this.names)) put(tree, `f:${name}`, this.value(value));
      this.names.pop();
    }
    return tree;
  }

  /** `undefined`: nothing of it can be owned. */
  private value(value: unknown): Fields | undefined {
    if (Array.isArray(value)) return this.list(value);
    if (!isFields(value) || isAtomic(this.names)) return leaf;
    return this.isSharedSpec(value) ? this.shared(value) : this.inner(value);
  }

  private inner(value: Fields): Fields | undefined {
    if (!isEmpty(value)) return unlessEmpty(this.fields(value, {}));
    return this.names.length === 1 && this.names[0] === 'metadata' ? undefined : leaf;
  }

  private isSharedSpec(value: Fields): boolean {
    const { kind, names } = this;
    return kind === 'Pod' && names.length === 1 && names[0] === 'spec' && Object.isFrozen(value);
  }

  private shared(spec: Fields): Fields | undefined {
    const known = treesOfSpecs.get(spec);
    if (known !== undefined) return known;
    const tree = this.inner(spec);
    if (tree !== undefined) treesOfSpecs.set(spec, tree);
    return tree;
  }

  private list(items: readonly unknown[]): Fields | undefined {
    const tree: Tree = {};
    if (isMergedPrimitiveList(this.names)) {
      for (const item of items) tree[`v:${JSON.stringify(item)}`] = leaf;
      return unlessEmpty(tree);
    }
    const keys = listKeysOf(this.kind, this.names);
    if (keys === undefined || !items.every(isFields)) return leaf;
    for (const item of items) put(tree, itemWord(item, keys), this.fields(item, { '.': leaf }));
    return unlessEmpty(tree);
  }
}

/** Two items of a list may have the same keys. */
function put(tree: Tree, word: string, inner: Fields | undefined): void {
  if (inner === undefined) return;
  const known = tree[word];
  tree[word] = known === undefined ? inner : united(known, inner);
}

function united(a: Fields, b: Fields): Fields {
  const tree = { ...a } as Tree;
  for (const [word, inner] of Object.entries(b)) put(tree, word, inner as Fields);
  return tree;
}

function unlessEmpty(tree: Tree): Fields | undefined {
  return isEmpty(tree) ? undefined : tree;
}

function isEmpty(fields: Fields): boolean {
  for (const _ in fields) return false;
  return true;
}
