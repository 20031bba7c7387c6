/** The paths of a resource, as far as clients look for them in a description of the API. Pure. */

import type { ResourceInfo } from '../resources/resource-table.ts';

export interface PathInfo {
  readonly path: string;
  readonly resource: ResourceInfo;
  /** In lower case. */
  readonly methods: readonly ('get' | 'put' | 'post' | 'patch' | 'delete')[];
}

const partMethods = ['get', 'put', 'patch'] as const;

/** Of its sub-resources, those that are a part of the object itself. */
export function pathsOf(resource: ResourceInfo): readonly PathInfo[] {
  const { group, version, isNamespaced, resource: plural, subresources } = resource;
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const collection = `${root}${isNamespaced ? '/namespaces/{namespace}' : ''}/${plural}`;
  return [
    { path: collection, resource, methods: ['get', 'post', 'delete'] },
    { path: `${collection}/{name}`, resource, methods: ['get', 'put', 'patch', 'delete'] },
    ...subresources
      .filter(({ kind, verbs }) => kind === resource.kind && verbs.includes('patch'))
      .map(({ name }) => ({ path: `${collection}/{name}/${name}`, resource, methods: partMethods })),
  ];
}

const ofWrites = ['dryRun', 'fieldManager', 'fieldValidation'];

/** By these clients see what they may leave to the server. */
export function queryParameters(method: string): readonly string[] {
  switch (method) {
    case 'patch':
      return [...ofWrites, 'force'];
    case 'put':
    case 'post':
      return ofWrites;
    case 'delete':
      return ['dryRun'];
    default:
      return [];
  }
}
