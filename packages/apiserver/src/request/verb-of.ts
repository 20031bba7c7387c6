/** Which verb of the Kubernetes API a request asks for. Pure. */

import type { Target, Verb } from './parse-target.ts';

/** Sub-resources whose answers take as long as they take. */
const streaming: ReadonlySet<string> = new Set(['log', 'exec', 'attach', 'portforward', 'proxy']);

const byMethod: Readonly<Record<string, Verb>> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** The method in lower case where it means nothing here, and for what is no resource. */
export function verbOf(method: string, target: Target, query: URLSearchParams): Verb | string {
  const verb = byMethod[method];
  if (target.type === 'path' || verb === undefined) return method.toLowerCase();
  if (method === 'GET' && isTrue(query.get('watch')) && target.subresource === undefined) return 'watch';
  if (target.name !== undefined) return verb;
  if (verb === 'get') return 'list';
  return verb === 'delete' ? 'deletecollection' : verb;
}

/** Such requests have no deadline. */
export function isLongRunning(verb: string, target: Target): boolean {
  return verb === 'watch' || (target.type === 'resource' && streaming.has(target.subresource ?? ''));
}

/** How the API reads a boolean of a query: `watch`, `watch=1` and `watch=true` mean the same; Python writes `False`. */
export function isTrue(value: string | null): boolean {
  return value !== null && value.toLowerCase() !== 'false' && value !== '0';
}
