/** What a URL of the Kubernetes API names: `/api/v1/namespaces/default/pods/web/log` and its like. Pure. */

/** The verbs of the Kubernetes API that are asked for here. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

/** The resource that a path of the Kubernetes API names. */
export interface ResourceTarget {
  readonly type: 'resource';
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly namespace?: string;
  /** Plural, such as `pods`. */
  readonly resource: string;
  readonly name?: string;
  readonly subresource?: string;
  /** What stands behind the sub-resource: that of `proxy`. */
  readonly rest?: string;
}

/** What a request is about: a resource, or a path such as `/healthz`. */
export type Target = ResourceTarget | { readonly type: 'path'; readonly path: string };

/** Names of sub-resources of a namespace; everything else behind its name is a resource in it. */
const namespaceParts: ReadonlySet<string> = new Set(['status', 'finalize']);

/** Everything that names no resource is a `path`. A word that cannot be decoded makes the whole a path. */
export function parseTarget(pathname: string): Target {
  const path: Target = { type: 'path', path: pathname };
  const words = decodeWords(pathname);
  if (words === undefined) return path;
  const [root, ...others] = words;
  if (root === 'api' && others.length >= 2)
    return parseResource('', others[0] ?? '', others.slice(1)) ?? path;
  if (root === 'apis' && others.length >= 3)
    return parseResource(others[0] ?? '', others[1] ?? '', others.slice(2)) ?? path;
  return path;
}

function parseResource(group: string, version: string, words: readonly string[]): Target | undefined {
  const [first = '', second, third] = words;
  if (words.some((word) => word === '')) return undefined;
  const isNamespaceItself = third === undefined || (namespaceParts.has(third) && words.length === 3);
  if (first !== 'namespaces' || second === undefined || isNamespaceItself)
    return named({ type: 'resource', group, version, resource: first }, words.slice(1));
  const target: Growing = { type: 'resource', group, version, namespace: second, resource: third };
  return named(target, words.slice(3));
}

type Growing = { -readonly [Field in keyof ResourceTarget]: ResourceTarget[Field] };

/** `target` is nobody else's. */
function named(target: Growing, words: readonly string[]): ResourceTarget {
  const [name, subresource, ...rest] = words;
  // A namespace is in itself, as far as rights are concerned.
  if (target.resource === 'namespaces' && target.group === '' && name !== undefined) target.namespace = name;
  if (name !== undefined) target.name = name;
  if (subresource !== undefined) target.subresource = subresource;
  if (rest.length > 0) target.rest = rest.join('/');
  return target;
}

function decodeWords(pathname: string): readonly string[] | undefined {
  try {
    const words = withoutOuterSlashes(pathname).split('/');
    return pathname.includes('%') ? words.map(decodeURIComponent) : words;
  } catch {
    // A `%` with no code behind it: there is nothing of that name.
    return undefined;
  }
}

/** Not by patterns: the one for the end begins anew at each slash, and a path may have thousands. */
function withoutOuterSlashes(text: string): string {
  let start = 0;
  let end = text.length;
  while (text[start] === '/') start += 1;
  while (end > start && text[end - 1] === '/') end -= 1;
  return text.slice(start, end);
}
