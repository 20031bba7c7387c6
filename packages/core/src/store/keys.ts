/** Names of resources and where their objects lie: `pods/<namespace>/<name>`, `nodes/<name>`. */

import { kindInfo } from '../api/kinds.ts';
import type { ObjectMeta } from '../api/meta.ts';
import { MooringError } from '../contract/error.ts';

export type { ObjectOf, Read } from '../api/known-kinds.ts';

export interface Resource {
  /** `pods` */
  readonly plural: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly isNamespaced: boolean;
}

/** What is known about a kind; one that nobody knows is namespaced, with the plural that English suggests. */
export function resourceOf(kind: string): Resource {
  const known = resources.get(kind);
  if (known !== undefined) return known;
  const info = kindInfo(kind);
  const apiVersion = info?.apiVersion ?? '';
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  const resource: Resource = { plural: pluralOf(kind), group, isNamespaced: info?.isNamespaced ?? true };
  // Kinds may come from outside: only those that are known are kept, so that the map cannot grow.
  if (info !== undefined) resources.set(kind, resource);
  return resource;
}

const resources = new Map<string, Resource>();

export interface ObjectName {
  readonly kind: string;
  /** Ignored for kinds without namespaces; `default` when not given. */
  readonly namespace?: string | undefined;
  readonly name: string;
}

export function objectKey({ kind, namespace, name }: ObjectName): string {
  const { plural, isNamespaced } = resourceOf(kind);
  return isNamespaced ? `${plural}/${namespace ?? 'default'}/${name}` : `${plural}/${name}`;
}

/** The name of the object that lies under a key. */
export function nameInKey(key: string): { readonly name: string; readonly namespace?: string } {
  const [, ...words] = key.split('/');
  const name = words.pop() ?? '';
  const [namespace] = words;
  return namespace === undefined ? { name } : { name, namespace };
}

/** What all objects of the kind have in common, in one namespace when it is given. */
export function kindPrefix(kind: string, namespace?: string): string {
  const { plural, isNamespaced } = resourceOf(kind);
  return isNamespaced && namespace !== undefined ? `${plural}/${namespace}/` : `${plural}/`;
}

/** `pods "web"`, `replicasets.apps "web"`: how the API names an object in its errors. */
export function describeObject({ kind, name }: ObjectName): string {
  const { plural, group } = resourceOf(kind);
  return `${group === '' ? plural : `${plural}.${group}`} ${JSON.stringify(name)}`;
}

/** The name of an object that must have one. Throws `INVALID` when it has none. */
export function nameOf(object: { readonly kind: string; readonly metadata: ObjectMeta }): ObjectName {
  const { name, namespace } = object.metadata;
  if (name === undefined || name === '')
    throw new MooringError('INVALID', `a ${object.kind} without a name: metadata.name: Required value`);
  return { kind: object.kind, namespace, name };
}

function pluralOf(kind: string): string {
  const word = kind.toLowerCase();
  if (word === 'endpoints') return word;
  if (/(?:s|x|z|ch|sh)$/.test(word)) return `${word}es`;
  return /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`;
}
